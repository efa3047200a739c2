// 月历: what is due on which day. Every mark has its word beside it.

import type { Month } from '../../services/api'
import { shortLabel, weekday, type Day } from '../../utils/dates'

export interface Thing {
  id: string
  title: string
  /** Whose, and how it stands. */
  note: string
  /** Empty: only planned, there is nothing to open. */
  duty: string
  mark: string
}

export interface DayShown {
  date: Day
  /** 10日 周日 */
  label: string
  isToday: boolean
  things: Thing[]
}

/** A month further or back: `2021-10`. */
export function monthFrom(month: string, by: number): string {
  const [year = 0, at = 1] = month.split('-').map(Number)
  const index = year * 12 + at - 1 + by
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`
}

/** 2021年10月 */
export function monthLabel(month: string): string {
  const [year, at] = month.split('-').map(Number)
  return `${year}年${at}月`
}

export function daysOf(view: Month, today: Day): DayShown[] {
  return view.days.map(({ date, entries }) => ({
    date,
    label: `${shortLabel(date, today)} ${weekday(date)}${date === today ? ' · 今天' : ''}`,
    isToday: date === today,
    things: entries.flatMap((entry): Thing[] =>
      entry.items.length > 0
        ? entry.items.map((item, at) => ({
            id: `${entry.rule_code}/${at}`,
            title: entry.title,
            note: `${item.unit_name} · ${item.label}`,
            duty: item.duty_id ?? '',
            mark: item.mark,
          }))
        : [
            {
              id: entry.rule_code,
              title: entry.title,
              note: entry.counts.map(({ label, count }) => `${label} ${count}`).join(','),
              duty: '',
              mark: '',
            },
          ],
    ),
  }))
}
