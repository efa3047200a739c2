// 今日, in order: what has to be put right, what is late, what is due soon, the rest, and what has not begun.

import type { DutyLine } from '../services/api'
import type { OutboxItem } from '../outbox/index'
import { daysBetween, type Day } from './dates'
import { actWords } from './words'

export interface Shown extends DutyLine {
  /** 已存手机 …, where an item for it waits in the phone. */
  remark: string
  /** What the button says; empty: nothing to do now. */
  act: string
}

export interface Group {
  key: string
  title: string
  duties: Shown[]
}

/** Days ahead that count as soon. */
const SOON = 7

const TITLES: [key: string, title: string][] = [
  ['returned', '退回来的,请先补正'],
  ['late', '已过期限,可以补录'],
  ['today', '今天到期'],
  ['soon', `${SOON} 天内到期`],
  ['later', '以后到期'],
  ['open', '没有期限,平时办理'],
  ['upcoming', '还没开始'],
]

/** `waiting`: what the outbox says, by duty. The server's order within a group is kept: soonest first. */
export function groupsOf(duties: DutyLine[], today: Day, waiting: Map<string, string>): Group[] {
  const shown = duties.map((duty): Shown => {
    const remark = waiting.get(duty.id) ?? ''
    return { ...duty, remark, act: remark || duty.status === 'upcoming' ? '' : actWords(duty) }
  })
  return TITLES.map(([key, title]) => ({
    key,
    title,
    duties: shown.filter((duty) => groupOf(duty, today) === key),
  })).filter((group) => group.duties.length > 0)
}

function groupOf(duty: DutyLine, today: Day): string {
  if (duty.status === 'returned') return 'returned'
  if (duty.status === 'upcoming') return 'upcoming'
  if (!duty.last) return 'open'
  const days = daysBetween(today, duty.last)
  if (days < 0) return 'late'
  return days === 0 ? 'today' : days <= SOON ? 'soon' : 'later'
}

/**
 * What the phone knows of a duty and the list does not, by the duty: what waits, and what has arrived since the list was
 * fetched (`seenAt`); nobody is asked twice for it.
 */
export function waitingFor(items: OutboxItem[], seenAt: number): Map<string, string> {
  const map = new Map<string, string>()
  for (const item of items) {
    if (item.state === 'received') {
      const isNews = (item.settledAt ?? 0) > seenAt
      if (isNews) for (const { dutyId } of item.answer?.verdicts ?? []) map.set(dutyId, '镇里已收到')
      continue
    }
    const duties = (item.form.record?.['duty_ids'] as string[] | undefined) ?? []
    const words = item.state === 'refused' ? '没有收下,要您处理' : '已存手机,等待上传'
    for (const duty of duties) map.set(duty, words)
  }
  return map
}
