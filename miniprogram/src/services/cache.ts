// What was last seen, for showing at once and without network: per town and person, with its time, bounded in size.
// Nothing here is owed to anybody; it may be thrown away at any moment.

import { now } from './clock'
import { forget, keep, recall } from './storage'
import type { Who } from './session'

/** Characters of JSON: one value; all values together. WeChat gives 10 MB in all, most of which is the outbox's. */
const LARGEST = 300_000
const TOTAL = 1_500_000

export interface Cached<T> {
  value: T
  /** When it was fetched, by the server's clock. */
  at: number
}

interface Entry {
  at: number
  size: number
}

type Owner = Pick<Who, 'townId' | 'personId'>

const INDEX = 'ca:index'

export function read<T>(owner: Owner, name: string): Cached<T> | null {
  return recall<Cached<T>>(keyOf(owner, name)) ?? null
}

export function write<T>(owner: Owner, name: string, value: T): Cached<T> {
  const cached = { value, at: now() }
  const size = JSON.stringify(value).length
  const key = keyOf(owner, name)
  const index = recall<Record<string, Entry>>(INDEX) ?? {}
  delete index[key]
  if (size <= LARGEST) {
    makeRoom(index, TOTAL - size)
    index[key] = { at: cached.at, size }
    // The index first: an entry without a value is harmless, a value no index knows would stay for ever.
    if (!keep(INDEX, index) || !keep(key, cached)) forget(key)
  } else {
    forget(key)
    keep(INDEX, index)
  }
  return cached
}

/** Forgets what a person saw here. */
export function clearOf(owner: Owner): void {
  const index = recall<Record<string, Entry>>(INDEX) ?? {}
  for (const key of Object.keys(index)) {
    if (!key.startsWith(keyOf(owner, ''))) continue
    forget(key)
    delete index[key]
  }
  keep(INDEX, index)
}

/**
 * Shows what is cached at once, then what is fetched. `show` is called once or twice; `stale` says that it is the old
 * one. Without network the old one stays and nothing is thrown; with nothing to show the error is the caller's.
 */
export async function showThenFetch<T>(
  owner: Owner,
  name: string,
  fetch: () => Promise<T>,
  show: (cached: Cached<T>, stale: boolean) => void,
): Promise<void> {
  const old = read<T>(owner, name)
  if (old) show(old, true)
  let fresh: T
  try {
    fresh = await fetch()
  } catch (error) {
    if (old && (error as { retry?: string }).retry === 'later') return
    throw error
  }
  show(write(owner, name, fresh), false)
}

/** Throws the oldest away until what is left fits. */
function makeRoom(index: Record<string, Entry>, room: number): void {
  let total = Object.values(index).reduce((sum, entry) => sum + entry.size, 0)
  const oldestFirst = Object.entries(index).sort(([, a], [, b]) => a.at - b.at)
  for (const [key, entry] of oldestFirst) {
    if (total <= room) return
    forget(key)
    delete index[key]
    total -= entry.size
  }
}

function keyOf(owner: Owner, name: string): string {
  return `ca:${owner.townId}:${owner.personId}:${name}`
}
