// What makes a form shorter and a person less alone: none of it is needed to do the work, so a town whose server does not
// know these calls yet, or a phone without network, goes on without them. Kept on the phone for the next time.

import { read, write } from './cache'
import { config } from './config'
import { ApiError } from './errors'
import { call, current } from './session'

/** What the form of a unit's next meeting starts from. */
export interface MeetingPrefill {
  last?: { types: string[]; place: string; host: string; recorder: string }
  /** 应到 */
  expected: number
  /** Empty where the roster names nobody. `absent`: a reason known beforehand. */
  members: { id: string; name: string; absent?: string }[]
}

/** A text read on a board before. */
export interface SignText {
  text: string
  finding: string
  times: number
}

export interface Helper {
  person_id: string
  name: string
  /** 党支部书记、定村干部 … */
  label: string
  has_phone: boolean
}

export interface Helpers {
  helpers: Helper[]
  office_phone?: string
}

export const meetingPrefill = (unit: string) =>
  remembered<MeetingPrefill>(`prefill:${unit}`, '/api/v1/meetings/prefill', { unit })

export const signTexts = (village: string) =>
  remembered<SignText[]>(`texts:${village}`, '/api/v1/signs/texts', { village })

export async function helpers(): Promise<Helpers> {
  const found = await remembered<Helpers>('helpers', '/api/v1/me/helpers')
  const hotline = found?.office_phone ?? config().hotline
  return { helpers: found?.helpers ?? [], ...(hotline ? { office_phone: hotline } : {}) }
}

/** The number of a helper; asked for when it is needed, and logged there. Null: none is known. */
export async function helperPhone(person: string): Promise<string | null> {
  const path = `/api/v1/me/helpers/${encodeURIComponent(person)}/phone`
  const { phone } = await call<{ phone?: string }>({ method: 'POST', path, body: {} })
  return phone ?? null
}

/** Fetches and keeps; without an answer, what was kept; null where there never was one. */
async function remembered<T>(name: string, path: string, query: Record<string, string> = {}): Promise<T | null> {
  const me = current()
  if (!me) return null
  try {
    return write(me, name, await call<T>({ method: 'GET', path, query })).value
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return read<T>(me, name)?.value ?? null
  }
}
