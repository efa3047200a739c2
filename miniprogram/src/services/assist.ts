// What makes a form shorter and a person less alone: none of it is needed to do the work, so a town whose server does not
// know these calls yet, or a phone without network, goes on without them. Kept on the phone for the next time.

import * as api from './api'
import type { Helpers, MeetingPrefill, SignText } from './api'
import { read, write } from './cache'
import { ApiError } from './errors'
import { current } from './session'

export type { Helper, Helpers, MeetingPrefill, SignText } from './api'

export const meetingPrefill = (unit: string) =>
  remembered<MeetingPrefill>(`prefill:${unit}`, () => api.meetingPrefill(unit))

export const signTexts = (village: string) => remembered<SignText[]>(`texts:${village}`, () => api.signTexts(village))

export async function helpers(): Promise<Helpers> {
  return (await remembered<Helpers>('helpers', api.helpers)) ?? { helpers: [] }
}

/** The number of a helper; asked for when it is needed, and logged there. Null: none is known. */
export async function helperPhone(person: string): Promise<string | null> {
  return (await api.helperPhone(person)).phone ?? null
}

/** Fetches and keeps; without an answer, what was kept; null where there never was one. */
async function remembered<T>(name: string, fetch: () => Promise<T>): Promise<T | null> {
  const me = current()
  if (!me) return null
  try {
    return write(me, name, await fetch()).value
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return read<T>(me, name)?.value ?? null
  }
}
