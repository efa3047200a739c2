// Cases and surveys as they are shown on the list.

import type { DutyLine, SignLine } from '../../services/api'
import { pictureUrl } from '../../services/http'
import { shortLabel, type Day } from '../../utils/dates'
import { dueWords, dutyTone, dutyWords, FINDINGS, PLACES, recordWords, SIGN_STATES } from '../../utils/words'

export interface Case {
  id: string
  open: boolean
  title: string
  note: string
  picture: string
  state: string
  tone: string
}

export interface Survey {
  duty: string
  place: string
  title: string
  due: string
  state: string
  tone: string
  /** Boards that still hang there. */
  open: number
}

export function caseOf(sign: SignLine, today: Day): Case {
  const open = sign.state === 'open' || sign.record_state === 'returned'
  const returned = sign.record_state === 'returned'
  const days = sign.closed_on ? `${shortLabel(sign.closed_on, today)}办结` : `${shortLabel(sign.found_on, today)}发现`
  const state =
    returned || sign.record_state === 'awaiting_photos' ? recordWords(sign.record_state) : SIGN_STATES[sign.state]
  return {
    id: sign.id,
    open,
    title: sign.text,
    note: [PLACES[sign.place] ?? sign.place, FINDINGS[sign.finding] ?? sign.finding, days].join(' · '),
    picture: sign.before ? pictureUrl(sign.before.thumb) : '',
    state: state ?? sign.state,
    tone: returned ? 'back' : open ? 'due' : 'done',
  }
}

export function surveysOf(duties: DutyLine[], village: string, open: Case[], today: Day): Survey[] {
  return duties
    .filter((duty) => duty.record_kind === 'sign_survey' && duty.unit_id === village && duty.status !== 'upcoming')
    .map((duty) => ({
      duty: duty.id,
      place: duty.place ?? 'outside',
      title: duty.title,
      due: dueWords(duty, today),
      state: duty.status === 'open' ? '' : dutyWords(duty.status),
      tone: dutyTone(duty.status),
      open: open.filter((sign) => sign.note.startsWith(PLACES[duty.place ?? ''] ?? '')).length,
    }))
}
