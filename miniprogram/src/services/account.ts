// 我的: what the server says of oneself, of the product, and of one's own words to the office. A server that does not
// know one of these yet answers 404; the page then leaves that part out.

import * as api from './api'
import type { Me, Schemas } from './api'
import { write } from './cache'
import { ApiError } from './errors'
import { current } from './session'

export type { Device, Feedback, Ladder, Me, Seen } from './api'

export const me = api.me
export const logOutDevice = api.logOutDevice
export const confirmDesk = api.confirmDesk
export const devices = () => ifKnown(api.devices())
export const visibility = () => ifKnown(api.visibility())
export const ladders = () => ifKnown(api.reminderRungs())
export const myFeedback = (after?: string) => ifKnown(api.myFeedback(after))

/** What the town answers is what is shown next time, also without network. */
export async function setReminders(form: api.Reminders): Promise<api.Reminders> {
  const me = current()
  const kept = await api.setReminders(form)
  if (me) write(me, 'reminders', kept)
  return kept
}

/** Whether this person may do it somewhere. */
export const may = (me: Me, action: Schemas['AccessAction']) => me.may.indexOf(action) >= 0
export const mayReview = (me: Me) => may(me, 'review')
export const mayConfirm = (me: Me) => may(me, 'confirm_record')
/** Whether this person's posts let him write a record of this kind. */
export const mayWrite = (me: Me, recordKind: string) =>
  me.may.some((action) => action === `write_${recordKind === 'sign_survey' ? 'sign' : recordKind}`)
export const mayWriteContact = (me: Me) => may(me, 'write_contact')
/** A mobile member may read the words to himself; these read those to others. */
export const mayReadContacts = (me: Me) =>
  me.posts.some(
    ({ role }) => ['party_office', 'village_secretary', 'branch_secretary', 'committee_member'].indexOf(role) >= 0,
  )
export const isAway = (me: Me) => me.away !== undefined || me.posts.some(({ role }) => role === 'mobile_member')

/** Null: the server does not know this call yet. */
async function ifKnown<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}
