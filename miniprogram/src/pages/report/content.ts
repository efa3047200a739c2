// A report as the form holds it, and as it goes to the outbox.

import type { Form } from '../../outbox/index'
import type { RecordView } from '../../services/api'
import type { ReportFields } from '../../utils/forms'
import type { Day } from '../../utils/dates'

export interface Content extends ReportFields {
  unitId: string
  dutyIds: string[]
  happenedOn: Day
}

/** One question per screen in 大字. */
export const FIELDS = [['place'], ['life'], ['study'], ['wishes'], ['photo']]

export const blank = (unitId: string, dutyId: string, today: Day): Content => ({
  unitId,
  dutyIds: dutyId ? [dutyId] : [],
  happenedOn: today,
  place: '',
  life: '',
  study: '',
  wishes: '',
})

export function formOf({ unitId, dutyIds, happenedOn, ...answers }: Content): Form {
  return {
    record: { unit_id: unitId, happened_on: happenedOn, duty_ids: dutyIds, entry_channel: 'phone' },
    ...answers,
  }
}

export function contentOf(form: Form): Content {
  const record = (form.record ?? {}) as { unit_id?: string; duty_ids?: string[]; happened_on?: string }
  const text = (field: string): string => (typeof form[field] === 'string' ? form[field] : '')
  return {
    unitId: record.unit_id ?? '',
    dutyIds: record.duty_ids ?? [],
    happenedOn: record.happened_on ?? '',
    place: text('place'),
    life: text('life'),
    study: text('study'),
    wishes: text('wishes'),
  }
}

/** A record as it stands, to be put right. */
export function recordForm(view: Pick<RecordView, 'unit_id' | 'happened_on' | 'duties' | 'facts'>): Form {
  const dutyIds = view.duties.map((duty) => duty.duty_id)
  const facts = (view.facts ?? {}) as Record<string, string>
  return formOf({ ...contentOf(facts), unitId: view.unit_id, dutyIds, happenedOn: view.happened_on })
}
