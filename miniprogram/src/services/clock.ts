// The phone's clock may be days off. It is never the judge: what it says goes along as a claim. For showing days
// ("还有3天") and for filling in today's date we follow the server's clock, as far as its answers told us.

import { keep, recall } from './storage'

const KEY = 'clock'
/** Beyond this the person is told. */
const NOTICEABLE = 10 * 60_000

let offset: number | null = null
const listeners = new Set<() => void>()

/** Milliseconds since 1970, by the server's clock where known. For display and prefilling only. */
export function now(): number {
  return Date.now() + known()
}

/** Takes the `Date` header of an answer. */
export function heard(date: string | undefined): void {
  const at = date === undefined ? NaN : Date.parse(date)
  if (!Number.isFinite(at)) return
  const fresh = at - Date.now()
  // The header has whole seconds, and the way takes some: small changes are noise, not worth a write.
  if (Math.abs(fresh - known()) < 5_000) return
  offset = fresh
  keep(KEY, fresh)
  for (const listener of [...listeners]) listener()
}

/** Calls back when it turns out what time it is. */
export function onChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether the phone's clock is so wrong that the person should set it right. */
export function isWrong(): boolean {
  return Math.abs(known()) > NOTICEABLE
}

function known(): number {
  if (offset === null) {
    offset = recall<number>(KEY) ?? 0
  }
  return offset
}
