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

type Index = Record<string, Entry>
type Owner = Pick<Who, 'townId' | 'personId'>

const INDEX = 'ca:index'

export function read<T>(owner: Owner, name: string): Cached<T> | null {
  return recall<Cached<T>>(keyOf(owner, name)) ?? null
}

export function write<T>(owner: Owner, name: string, value: T): Cached<T> {
  const cached = { value, at: now() }
  const size = JSON.stringify(value).length
  const key = keyOf(owner, name)
  const others = Object.entries(index()).filter(([other]) => other !== key)
  if (size <= LARGEST) {
    const kept = newestWithin(others, TOTAL - size)
    // The index first: an entry without a value is harmless, a value no index knows would stay for ever.
    if (!setIndex([...kept, [key, { at: cached.at, size }]]) || !keep(key, cached)) forget(key)
  } else {
    forget(key)
    setIndex(others)
  }
  return cached
}

/** Forgets what a person saw here. */
export function clearOf(owner: Owner): void {
  const entries = Object.entries(index())
  const theirs = (key: string): boolean => key.startsWith(keyOf(owner, ''))
  for (const [key] of entries) if (theirs(key)) forget(key)
  setIndex(entries.filter(([key]) => !theirs(key)))
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
function newestWithin(entries: [string, Entry][], room: number): [string, Entry][] {
  let total = 0
  return [...entries]
    .sort(([, a], [, b]) => b.at - a.at)
    .filter(([key, { size }]) => {
      total += size
      if (total > room) forget(key)
      return total <= room
    })
}

function index(): Index {
  return recall<Index>(INDEX) ?? {}
}

function setIndex(entries: [string, Entry][]): boolean {
  return keep(INDEX, Object.fromEntries(entries))
}

function keyOf(owner: Owner, name: string): string {
  return `ca:${owner.townId}:${owner.personId}:${name}`
}
