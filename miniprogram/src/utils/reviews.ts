// What reviewers have said, as far as the writer has to know it.

import type { RecordView } from '../services/api'

/** Why a record came back; empty where it is not with its writer. */
export function returnReason(view: RecordView | undefined): string {
  if (view?.state !== 'returned') return ''
  return [...view.reviews].reverse().find((review) => review.reason)?.reason ?? ''
}
