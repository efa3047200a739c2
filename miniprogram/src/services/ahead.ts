// What the forms will need where there is no network, fetched while there is one: quietly, and not every time.

import * as api from './api'
import { meetingPrefill, signTexts } from './assist'
import { read, write } from './cache'
import { now } from './clock'
import { current } from './session'
import { villages } from './villages'

const AGAIN_AFTER = 30 * 60_000

let last: { person: string; at: number } | null = null

/** `signs`: this person may register boards. `meets`: units whose meetings this person records. */
export async function fetchAhead(wanted: { signs: boolean; meets: string[] }): Promise<void> {
  const me = current()
  if (!me) return
  const person = `${me.townId}:${me.personId}`
  if (last?.person === person && now() - last.at < AGAIN_AFTER) return
  last = { person, at: now() }
  try {
    if (wanted.signs) {
      const mine = write(me, 'villages', await villages()).value
      if (mine.length > 0) write(me, 'signs', await api.signs())
      for (const { id } of mine.slice(0, 3)) await signTexts(id)
    }
    for (const unit of wanted.meets.slice(0, 3)) {
      if (!read(me, `prefill:${unit}`)) await meetingPrefill(unit)
    }
  } catch {
    // No network, or not allowed: the forms say so themselves. Tried again on the next look.
    last = null
  }
}
