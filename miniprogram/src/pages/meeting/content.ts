// A meeting's form as the page has it, and as the server wants it.

import type { Form } from '../../outbox/index'
import type { DutyLine, RecordView } from '../../services/api'
import type { MeetingPrefill } from '../../services/assist'
import { everybody, problem as attendanceProblem, type Absence } from '../../utils/attendance'
import type { Day } from '../../utils/dates'
import { meetingProblems, type MeetingFields, type Problem } from '../../utils/forms'

export interface Content extends MeetingFields {
  unitId: string
  dutyIds: string[]
}

/** Nothing filled in but what is clear from whose meeting it is and when. */
export function blank(unitId: string, duty: DutyLine | undefined, today: Day, me: string): Content {
  const begun: Content = {
    unitId,
    dutyIds: [],
    types: [],
    // A window that is over: the meeting was held in it, if it counts.
    happenedOn: duty?.last && duty.last < today ? duty.last : today,
    place: '',
    host: '',
    recorder: me,
    topic: '',
    minutes: '',
    ...everybody(0),
  }
  return duty ? withDuty(begun, duty, true) : begun
}

/** A duty the meeting is also meant for, or no more. */
export function withDuty(content: Content, duty: DutyLine, wanted: boolean, all: DutyLine[] = []): Content {
  const dutyIds = content.dutyIds.filter((id) => id !== duty.id)
  if (!wanted) {
    const others = all.filter((one) => dutyIds.indexOf(one.id) >= 0).flatMap((one) => one.meeting_types)
    const types = content.types.filter((type) => duty.meeting_types.indexOf(type) < 0 || others.indexOf(type) >= 0)
    return { ...content, dutyIds, types, topic: content.topic === duty.title ? '' : content.topic }
  }
  const fits = duty.meeting_types.length === 0 || duty.meeting_types.some((type) => content.types.indexOf(type) >= 0)
  const types = fits ? content.types : [...content.types, ...duty.meeting_types.slice(0, 1)]
  return { ...content, dutyIds: [...dutyIds, duty.id], types, topic: content.topic || duty.title }
}

/** What the town knows goes where nothing stands yet. */
export function prefilled(content: Content, prefill: MeetingPrefill): Content {
  const absent: Absence[] = prefill.members.flatMap(({ name, absent }) => (absent ? [{ name, reason: absent }] : []))
  const attendance =
    content.expected > 0
      ? {}
      : { expected: prefill.expected, absent, present: Math.max(0, prefill.expected - absent.length) }
  return {
    ...content,
    place: content.place || (prefill.last?.place ?? ''),
    host: content.host || (prefill.last?.host ?? ''),
    recorder: content.recorder || (prefill.last?.recorder ?? ''),
    ...attendance,
  }
}

export function formOf(content: Content): Form {
  const { unitId, dutyIds, happenedOn, absent, ...facts } = content
  return {
    ...facts,
    absent: absent.map(({ name, reason }) => ({ name, reason: reason.trim() })),
    record: { unit_id: unitId, happened_on: happenedOn, duty_ids: dutyIds, entry_channel: 'phone' },
  }
}

export function contentOf(form: Form): Content {
  const { record = {}, ...facts } = form
  return {
    ...(facts as unknown as Content),
    unitId: String(record['unit_id']),
    happenedOn: String(record['happened_on']),
    dutyIds: (record['duty_ids'] as string[] | undefined) ?? [],
  }
}

/** A record that is to be put right, as it stands at the town. */
export function recordForm(view: RecordView): Form {
  return {
    ...(view.facts as object),
    record: {
      unit_id: view.unit_id,
      happened_on: view.happened_on,
      duty_ids: view.duties.map((duty) => duty.duty_id),
      ...(view.entered_for ? { entered_for: view.entered_for } : {}),
      entry_channel: 'phone',
    },
  }
}

/** What is still to be put right. `photosWanted`: a duty of it wants one. */
export function problemsOf(content: Content, today: Day, photos: number, photosWanted: boolean): Problem[] {
  const wrong = meetingProblems({ ...content, absent: content.absent.map(trimmed) }, today)
  if (content.expected === 0 && attendanceProblem(content) === '') {
    wrong.push({ field: 'attendance', message: '请写应到几人。' })
  }
  if (photosWanted && photos === 0) {
    wrong.push({ field: 'photo', message: '请照一张会场或签到表;不便拍的,点“改由镇里录入”。' })
  }
  return wrong
}

const trimmed = ({ name, reason }: Absence): Absence => ({ name, reason: reason.trim() })
