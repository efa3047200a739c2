// A sign case as the page has it, and as the server wants it.

import type { Form } from '../../outbox/index'
import type { RecordView, SignLine } from '../../services/api'
import type { SignText } from '../../services/assist'
import type { Day } from '../../utils/dates'
import { signProblems, type Problem, type SignFields } from '../../utils/forms'
import { FINDINGS } from '../../utils/words'

export interface Content extends Omit<SignFields, 'before' | 'after'> {
  unitId: string
  place: string
}

export interface Answer {
  value: string
  label: string
  note?: string
}

/** One screen each in 大字. */
export const FIELDS = [
  ['before', 'unit'],
  ['place'],
  ['text'],
  ['finding', 'happenedOn'],
  ['action', 'reason', 'after'],
]
/** Of a case known already: what it is has been said. */
export const LATER_FIELDS = [
  ['before', 'unit', 'place', 'text', 'finding', 'happenedOn'],
  ['action', 'reason', 'after'],
]

/** For a board whose words are too many, or cannot be read from below. */
export const SEE_PHOTO = '见照片'
/** Chosen to write the words by hand. */
export const OWN = '@own'

export const NOTHING: Content = {
  unitId: '',
  place: 'outside',
  happenedOn: '',
  text: '',
  finding: '',
  action: '',
  reason: '',
}

/** What was done. The empty answer is the usual one on the first day. */
export const ACTIONS: Answer[] = [
  { value: '', label: '还没清理,先登记', note: '清理后再补一张照片,换一部手机也行' },
  { value: 'removed', label: '已拆除', note: '要拍清理后的照片' },
  { value: 'replaced', label: '已更换', note: '要拍更换后的照片' },
  { value: 'kept', label: '保留', note: '写明为什么可以保留' },
  { value: 'cannot', label: '无法清理', note: '写明为什么' },
]

export function formOf({ unitId, happenedOn, action, reason, ...facts }: Content): Form {
  return {
    ...facts,
    ...(action ? { action } : {}),
    ...(reason.trim() && (action === 'kept' || action === 'cannot') ? { reason: reason.trim() } : {}),
    record: { unit_id: unitId, happened_on: happenedOn, duty_ids: [], entry_channel: 'phone' },
  }
}

export function contentOf({ record = {}, ...facts }: Form): Content {
  return {
    ...NOTHING,
    ...(facts as Partial<Content>),
    unitId: String(record['unit_id']),
    happenedOn: String(record['happened_on']),
  }
}

/** A case as it stands at the town. */
export function recordForm(view: RecordView): Form {
  const facts = view.facts as Record<string, string | null>
  const { place, text, finding, action, reason } = facts
  const duties = view.duties.map((duty) => duty.duty_id)
  return {
    place,
    text,
    finding,
    ...(action ? { action } : {}),
    ...(reason ? { reason } : {}),
    record: { unit_id: view.unit_id, happened_on: view.happened_on, duty_ids: duties, entry_channel: 'phone' },
  }
}

export function problemsOf(content: Content, today: Day, before: number, after: number): Problem[] {
  const wrong = signProblems({ ...content, before, after }, today)
  return content.unitId ? wrong : [{ field: 'unit', message: '请选择是哪个村。' }, ...wrong]
}

/** As the town counts them, or this phone. */
type Counted = Omit<SignText, 'finding'> & { finding: string }

/** What boards said before, to be tapped instead of typed; without the town's list, what this phone has seen of it. */
export function answersOf(texts: Counted[] | null, seen: SignLine[]): (Answer & { finding: string })[] {
  const known = texts ?? counted(seen)
  const shown = known
    .filter(({ text }) => text !== SEE_PHOTO)
    .map(({ text, finding }) => ({ value: text, label: text, note: FINDINGS[finding] ?? '', finding }))
  return [
    ...shown,
    { value: SEE_PHOTO, label: SEE_PHOTO, note: '字太多,或看不清', finding: '' },
    { value: OWN, label: '都不是,自己写', finding: '' },
  ]
}

function counted(seen: SignLine[]): Counted[] {
  const texts = new Map<string, Counted>()
  for (const { text, finding } of seen) {
    const known = texts.get(text)
    if (known) known.times += 1
    else texts.set(text, { text, finding, times: 1 })
  }
  return [...texts.values()].sort((a, b) => b.times - a.times).slice(0, 30)
}
