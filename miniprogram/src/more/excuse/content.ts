// What is asked for about a duty, and in which words: most of it is tapped, one's own words always remain.

import type { Schemas } from '../../services/api'
import type { Problem } from '../../utils/forms'
import { addDays, daysBetween, shortLabel, type Day } from '../../utils/dates'

export type Kind = Schemas['ExcuseKind']

export interface Content {
  kind: Kind | ''
  /** A reason of the list, or OWN. */
  picked: string
  words: string
  /** Postponed: the new last day. */
  last: Day | ''
  /** Handed over: to whom. */
  to: string
  /** A stretch of days instead of this one time. */
  period: boolean
  from: Day
  until: Day
  /** Of the stretch: every thing of the unit, not only what is called so. */
  all: boolean
}

export const OWN = 'own'
export const LONGEST = 500

interface Option {
  value: string
  label: string
  note?: string
}

const REASONS: Partial<Record<Kind, string[]>> = {
  excused: ['防汛、抗灾,人都在一线', '多数人外出务工,凑不齐人', '场所正在维修,用不了', '负责的人生病住院'],
  postponed: ['防汛、抗灾,推迟办理', '多数人外出,等回来再办', '和上级的活动冲突,改日子', '场所正在维修,修好再办'],
  not_applicable: ['本支部没有这类对象', '本村没有这类设施', '已经由上级统一办了'],
  delegated: ['我外出,请代办', '由分管的同志办', '我生病了,请代办'],
}

export function kindsFor(given: { dated: boolean; handedIn: boolean; mayDelegate: boolean }): Option[] {
  const kinds: (Option & { fits: boolean })[] = [
    { value: 'excused', label: '这次办不了', note: '请镇里免办', fits: true },
    { value: 'postponed', label: '要晚几天', note: '请镇里同意延期', fits: given.dated && !given.handedIn },
    { value: 'not_applicable', label: '不适用于我们', note: '本来就不用办', fits: true },
    { value: 'delegated', label: '交给别人办', note: '马上生效,不用镇里同意', fits: given.mayDelegate },
  ]
  return kinds.filter(({ fits }) => fits).map(({ value, label, note }) => ({ value, label, ...(note ? { note } : {}) }))
}

export function reasonsFor(kind: Kind | ''): Option[] {
  const known = kind === '' ? [] : (REASONS[kind] ?? [])
  return [...known.map((words) => ({ value: words, label: words })), { value: OWN, label: '别的原因,自己写' }]
}

export const reasonOf = ({ picked, words }: Content): string => (picked === OWN ? words.trim() : picked)

/** Days a duty may be put off to, to be tapped: a week, two, a month after its last day, never one that is gone. */
export function daysFor(last: Day, today: Day): Option[] {
  const base = last < today ? today : last
  const days: [number, string][] = [
    [7, '晚一周'],
    [14, '晚两周'],
    [30, '晚一个月'],
  ]
  const labelled = days.map(([by, words]): Option => {
    const day = addDays(base, by)
    return { value: day, label: words, note: `${shortLabel(day, today)}前办好` }
  })
  return [...labelled, { value: OWN, label: '自己选日子' }]
}

/** Which of the days offered a new last day is, or OWN. */
export const dayPickedOf = (last: Day | '', days: Option[]): string =>
  last === '' || days.some(({ value }) => value === last) ? last : OWN

/** The period of a batch: as long as the server takes at most. */
const MOST_DAYS = 400

export function problemsOf(form: Content, given: { last: Day | ''; today: Day }): Problem[] {
  const found: Problem[] = []
  const say = (wrong: boolean, field: string, message: string): void => void (wrong && found.push({ field, message }))
  say(form.kind === '', 'kind', '请先选是哪种情况。')
  if (form.kind === '') return found
  if (form.period) {
    const days = daysBetween(form.from, form.until)
    say(days < 0, 'until', '结束的日子要晚于开始的日子。')
    say(days > MOST_DAYS, 'until', `一次最多 ${MOST_DAYS} 天,请把时间缩短些。`)
  }
  if (form.kind === 'postponed') {
    const after = form.period ? form.until : given.last
    say(form.last === '', 'last', '请选延到哪一天。')
    say(
      form.last !== '' && form.last <= after,
      'last',
      `新的最后一天要晚于${shortLabel(after || given.today, given.today)}。`,
    )
    say(form.last !== '' && form.last < given.today, 'last', '新的最后一天不能早于今天。')
  }
  say(form.kind === 'delegated' && form.to === '', 'to', '请选交给谁。')
  const reason = reasonOf(form)
  const length = Array.from(reason).length
  say(form.picked === '', 'picked', '请选一个原因,或自己写。')
  say(form.picked === OWN && length < 2, 'words', '请写明原因,至少两个字。')
  say(length > LONGEST, 'words', `原因最多 ${LONGEST} 个字,现在有 ${length} 个,请精简。`)
  return found
}

/** The questions in their order, one screen each in 大字: what is asked, and the fields in which it may be wrong. */
export function questionsOf({ kind }: Content): { name: string; fields: string[] }[] {
  return [
    { name: 'kind', fields: ['kind'] },
    { name: 'time', fields: ['until'] },
    ...(kind === 'postponed' ? [{ name: 'last', fields: ['last'] }] : []),
    ...(kind === 'delegated' ? [{ name: 'to', fields: ['to'] }] : []),
    { name: 'picked', fields: ['picked', 'words'] },
  ]
}

/** What a period is about, as the server asks it. */
export function choiceOf(form: Content, unit: string): Schemas['Choice'] {
  return {
    kind: form.kind === '' ? 'excused' : form.kind,
    from: form.from,
    until: form.until,
    units: [unit],
    rules: [],
    ...(form.kind === 'postponed' && form.last !== '' ? { last: form.last } : {}),
    ...(form.kind === 'delegated' ? { to: form.to } : {}),
  }
}

/** Of what a period touches, what is meant. */
export function meant(touched: Schemas['TouchedDuty'][], form: Content, title: string): Schemas['TouchedDuty'][] {
  return form.all ? touched : touched.filter((one) => one.title === title)
}

export const SENT: Record<Kind, string> = {
  excused: '已提出免办,等镇里决定。',
  postponed: '已提出延期,等镇里决定。',
  not_applicable: '已提出不适用,等镇里决定。',
  delegated: '已经交给他,他会收到提醒。',
}
