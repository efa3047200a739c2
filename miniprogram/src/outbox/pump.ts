// Sends what waits: when, and in which order. Words first, for every item: the day they reach the town is what lateness
// is judged by. Then the photos, see `send.ts`. Any number of repeats with kills in between makes one record of each.

import { ApiError } from '../services/errors'
import { reach } from '../services/network'
import { current } from '../services/session'
import { delay } from './backoff'
import type { OutboxItem } from './item'
import { finish, submit, type Receipt } from './send'
import * as store from './store'

/** Items whose photos are sent side by side; uploads have their own limit. */
const LANES = 2

/** One run over all that waits: whether something is left for later, and what the town asked us to wait. */
interface Run {
  later: boolean
  retryAfter: number | null
  /** Nothing gets through: no use in trying the rest. */
  stopped: boolean
}

let running: Promise<void> | null = null
let again = false
let failures = 0
let timer: ReturnType<typeof setTimeout> | null = null

/** Sends what can be sent. Safe to call any time and any number of times: there is one run, and one more after it. */
export function pump(): Promise<void> {
  again = true
  running ??= runs().finally(() => {
    running = null
    return again ? pump() : undefined
  })
  return running
}

/** Tries at once, whatever the back-off says: a new network, a new login, the person looking. */
export function hurry(): Promise<void> {
  failures = 0
  return pump()
}

async function runs(): Promise<void> {
  if (timer !== null) clearTimeout(timer)
  timer = null
  while (again) {
    again = false
    const run: Run = { later: false, retryAfter: null, stopped: false }
    await pass(run)
    if (!run.later) {
      failures = 0
      continue
    }
    failures += 1
    // Whoever asked for another run meanwhile waits with us: a phone without network must not spin.
    again = false
    timer = setTimeout(() => void pump(), delay(failures, run.retryAfter))
  }
}

async function pass(run: Run): Promise<void> {
  if (reach() === 'offline') return
  const receipts = new Map<string, Receipt>()
  for (const item of inOrder(mine())) {
    if (run.stopped) return
    const receipt = await guarded(run, item, () => submit(item.versionId))
    if (receipt) receipts.set(item.versionId, receipt)
  }
  const queue = mine().filter((item) => receipts.has(item.versionId))
  const hasNews = (): boolean => again && mine().some((item) => !receipts.has(item.versionId))
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item && !run.stopped; item = queue.shift()) {
      const { versionId } = item
      await guarded(run, item, () => finish(versionId, receipts.get(versionId) as Receipt, hasNews))
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

/** What waits of the person logged in; the rest waits for its own person. */
function mine(): OutboxItem[] {
  const me = current()
  return store
    .all()
    .filter((item) => item.state === 'waiting' && item.personId === me?.personId && item.townId === me.townId)
}

/** Versions of one record one after the other, whatever the phone's clock said when they were made. */
export function inOrder(items: OutboxItem[]): OutboxItem[] {
  const ordered: OutboxItem[] = []
  const waiting = new Map(items.map((item) => [item.versionId, item]))
  const place = (item: OutboxItem): void => {
    if (!waiting.delete(item.versionId)) return
    const base = waiting.get(item.baseVersion ?? '')
    if (base) place(base)
    ordered.push(item)
  }
  items.forEach(place)
  return ordered
}

/** Runs one step of an item and sorts what goes wrong: this item for good, later, or nothing gets through. */
async function guarded<T>(run: Run, item: OutboxItem, step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step()
  } catch (error) {
    const trouble = error instanceof ApiError ? error : null
    if (trouble?.retry === 'never') {
      const { code, message, details } = trouble
      store.change(item.versionId, { state: 'refused', error: { code, message, details } })
      return undefined
    }
    run.later = true
    run.retryAfter = Math.max(run.retryAfter ?? 0, trouble?.retryAfter ?? 0) || null
    // Without an answer, or without a login, the next item would fare no better.
    if (trouble && (trouble.status === 0 || trouble.retry === 'login')) run.stopped = true
    const message = trouble?.message ?? '这一项暂时没有传上去,稍后自动再试。'
    store.quietly(() => store.change(item.versionId, { error: { code: trouble?.code ?? 'client.trouble', message } }))
    return undefined
  }
}
