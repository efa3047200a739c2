// 我的: what the server says of oneself, of the product, and of one's own words to the office. A server that does not
// know one of these yet answers 404; the page then leaves that part out.

import type { Me } from './api'
import { ApiError } from './errors'
import { call } from './session'

export interface Place {
  id: string
  name: string
}

/** `GET /me`, with what newer servers add. */
export type WholeMe = Omit<Me, 'posts'> & {
  town_name?: string
  membership?: string
  branch?: Place
  away?: { since: string; branch: Place; contact_id?: string; contact_name?: string }
  posts: { role: string; label: string; units?: (Place & { kind: string })[] }[]
  may?: string[]
}

export interface Device {
  session: string
  name: string
  started_at: string
  last_used_at?: string
  this: boolean
}

export interface Seen {
  kind: string
  label: string
  by: { role: string; label: string; people: string[] }[]
  note: string
}

export interface About {
  product: string
  version: string
  sponsor?: string
  filing_number?: string
  help_phone?: string
  trial: boolean
}

export interface Ladder {
  kind: string
  label: string
  when: string[]
}

export interface Feedback {
  id: string
  number: string
  kind: string
  label: string
  state: 'open' | 'answered'
  state_label: string
  text: string
  unit_name: string
  duty_title?: string
  received_at: string
  answers: { id: string; text: string; by: string; at: string }[]
}

const V1 = '/api/v1'

const get = <T>(path: string, query?: Record<string, string>) =>
  call<T>({ method: 'GET', path: V1 + path, ...(query ? { query } : {}) })

export const me = () => get<WholeMe>('/me')
export const devices = () => ifKnown(get<Device[]>('/me/devices'))
export const visibility = () => ifKnown(get<Seen[]>('/me/visibility'))
export const about = () => ifKnown(get<About>('/about'))
export const ladders = () => ifKnown(get<Ladder[]>('/me/reminders/rungs'))
export const myFeedback = (after?: string) =>
  ifKnown(get<{ feedback: Feedback[]; next?: string }>('/feedback/mine', after ? { after } : undefined))
export const logOutDevice = (session: string) =>
  call<{ sessions: number }>({
    method: 'POST',
    path: `${V1}/me/devices/${encodeURIComponent(session)}/logout`,
    body: {},
  })

/** Whether this person may do it somewhere; by the posts where the server does not say. */
export function may(me: WholeMe, action: string, roles: string[]): boolean {
  if (me.may) return me.may.indexOf(action) >= 0
  return me.posts.some((post) => roles.indexOf(post.role) >= 0)
}

export const mayReview = (me: WholeMe) => may(me, 'review', ['party_office', 'village_contact', 'area_head'])
export const mayConfirm = (me: WholeMe) =>
  may(me, 'confirm_record', ['party_office', 'village_secretary', 'branch_secretary'])
export const mayWriteContact = (me: WholeMe) =>
  may(me, 'write_contact', ['party_office', 'branch_secretary', 'committee_member'])
export const mayReadContacts = (me: WholeMe) =>
  me.posts.some(
    ({ role }) => ['party_office', 'village_secretary', 'branch_secretary', 'committee_member'].indexOf(role) >= 0,
  )
export const isAway = (me: WholeMe) => me.away !== undefined || me.posts.some(({ role }) => role === 'mobile_member')

/** Null: the server does not know this call yet. */
async function ifKnown<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}
