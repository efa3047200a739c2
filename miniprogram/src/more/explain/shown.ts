// What an explanation of a duty shows: the server's sentences in the order people ask.

import type { Explanation } from '../../services/api'
import { instant, momentLabel } from '../../utils/dates'

export interface Shown {
  title: string
  unitId: string
  unitName: string
  stands: string
  why: string
  when: string
  counts: string
  held: string
  told: { id: string; who: string; what: string; how: string }[]
  decisions: { id: string; sentence: string; note: string }[]
}

export function shownOf(one: Explanation, now: number): Shown {
  const names = one.holders.map((holder) => (holder.myself ? '您' : (holder.name ?? ''))).filter((name) => name !== '')
  return {
    title: one.title,
    unitId: one.unit_id,
    unitName: one.unit_name,
    stands: one.stands.sentence,
    why: one.why.sentence,
    when: one.when.sentence,
    counts: one.counts.sentence,
    held: names.length > 0 ? `${one.held_by}:${names.join('、')}。` : `${one.held_by}。`,
    told: one.told.map((told, at) => ({
      id: String(at),
      who: told.who ?? '',
      what: told.what,
      how: `${momentLabel(instant(told.at), now)} · ${told.through}:${told.result}`,
    })),
    decisions: one.decisions.map((decision, at) => ({
      id: String(at),
      sentence: decision.sentence,
      note: [
        `原因:${decision.reason}`,
        `提出:${by(decision.proposed_by)}${momentLabel(instant(decision.proposed_at), now)}`,
        decision.decided_at && decision.decided_by
          ? `决定:${by(decision.decided_by)}${momentLabel(instant(decision.decided_at), now)}`
          : '',
      ]
        .filter((line) => line !== '' && line !== '原因:')
        .join('\n'),
    })),
  }
}

const by = (name: string | undefined): string => (name ? `${name} ` : '')
