// 双向联系: what was said in either direction, the newest first.

import type { ContactLine } from '../../services/api'
import { shortLabel, type Day } from '../../utils/dates'
import { wayWords } from '../../utils/facts'

export interface Said {
  id: string
  words: string
  by: string
  /** From the member. */
  theirs: boolean
  record: string
}

export function talkOf(lines: ContactLine[], today: Day): Said[] {
  return lines.map((line) => ({
    id: line.id,
    words: line.said,
    by: `${line.by} · ${shortLabel(line.happened_on, today)}${line.way === 'app' ? '' : ` · ${wayWords(line.way)}`}`,
    theirs: line.direction === 'from_member',
    record: line.record_id ?? '',
  }))
}

/** The member's last report that nobody has answered since; its record. */
export function unanswered(lines: ContactLine[]): string | null {
  const [last] = lines
  return last?.direction === 'from_member' ? (last.record_id ?? null) : null
}
