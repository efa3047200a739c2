// Days as people in the town say them. The town lives at +08:00 all year; the phone may be anywhere and set to anything,
// so its own zone is never asked for a day of the town. Days are text, `2021-10-10`; instants are RFC 3339 with offset.

export type Day = string

const HOUR = 3_600_000
const DAY = 24 * HOUR
const TOWN = 8 * HOUR

/** The town's day at an instant (milliseconds since 1970). */
export function dayAt(at: number): Day {
  return new Date(at + TOWN).toISOString().slice(0, 10)
}

/** The town's wall clock at an instant: 10:32. */
export function timeAt(at: number): string {
  return new Date(at + TOWN).toISOString().slice(11, 16)
}

/** 2021年10月10日 */
export function dayLabel(day: Day): string {
  const [year, month, date] = parts(day)
  return `${year}年${month}月${date}日`
}

/** 10月10日, with the year where it is not this one. */
export function shortLabel(day: Day, today: Day): string {
  const [year, month, date] = parts(day)
  return year === parts(today)[0] ? `${month}月${date}日` : `${year}年${month}月${date}日`
}

/** Whole days from one to the other. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((noon(to) - noon(from)) / DAY)
}

export function addDays(day: Day, days: number): Day {
  return new Date(noon(day) + days * DAY).toISOString().slice(0, 10)
}

/** 今天, 明天, 后天, 还有3天, 已过2天. */
export function untilWords(day: Day, today: Day): string {
  const days = daysBetween(today, day)
  if (days === 0) return '今天'
  if (days === 1) return '明天'
  if (days === 2) return '后天'
  return days > 0 ? `还有${days}天` : `已过${-days}天`
}

/** 周日 … 周六 */
export function weekday(day: Day): string {
  return `周${'日一二三四五六'.charAt(new Date(noon(day)).getUTCDay())}`
}

/** An instant as people read it: 今天 10:32, 昨天 21:05, 10月9日 08:00. */
export function momentLabel(at: number, now: number): string {
  const today = dayAt(now)
  const day = dayAt(at)
  const ago = daysBetween(day, today)
  const words = ago === 0 ? '今天' : ago === 1 ? '昨天' : shortLabel(day, today)
  return `${words} ${timeAt(at)}`
}

/** An instant of the server's (RFC 3339 with offset); NaN for anything else, also for a time without an offset. */
export function instant(text: string): number {
  const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/
  const found = shape.exec(text)
  if (!found) return NaN
  const [, year, month, day, hour, minute, second, fraction, zone] = found
  const at = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Math.floor(Number(`0.${fraction ?? 0}`) * 1000),
  )
  return at - offsetOf(zone ?? 'Z')
}

/** The phone's own time with its own offset: `2021-10-10T08:31:00+08:00`. A claim, whatever the clock says. */
export function localStamp(at: number = Date.now(), offsetMinutes = -new Date(at).getTimezoneOffset()): string {
  const local = new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 19)
  const minutes = Math.abs(offsetMinutes)
  const pad = (n: number): string => String(n).padStart(2, '0')
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

function parts(day: Day): [number, number, number] {
  const [year = 0, month = 0, date = 0] = day.slice(0, 10).split('-').map(Number)
  return [year, month, date]
}

function noon(day: Day): number {
  const [year, month, date] = parts(day)
  return Date.UTC(year, month - 1, date, 12)
}
