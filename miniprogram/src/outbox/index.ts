// The outbox: what is filled in on the phone is kept there until the town has it, whatever happens in between. Pages use
// this file only.

import * as network from '../services/network'
import * as session from '../services/session'
import * as draftsOf from './drafts'
import { OutboxError } from './errors'
import type { OutboxItem } from './item'
import * as photos from './photos'
import { hurry, pump } from './pump'
import { isUnderWay } from './send'
import * as store from './store'
import { sweep } from './sweep'

export { OutboxError }
export type { Form, Kind, OutboxItem, OutboxPhoto, PhotoSource } from './item'
export { pump, hurry } from './pump'
export { room, type Room } from './quota'
export { onChange } from './store'
export * as drafts from './drafts'
export * as words from './words'

let started: Promise<void> | null = null

/** At launch: mends what a kill has left, sends what waits, and goes on sending whenever the network comes back. */
export function start(): Promise<void> {
  started ??= begin()
  return started
}

async function begin(): Promise<void> {
  network.watch()
  network.onChange(() => void (network.reach() === 'online' && hurry()))
  session.onChange((now) => void (now && hurry()))
  const mended = draftsOf.recover().then(() => sweep())
  // What waits does not wait for the mending of what is still being filled in.
  await Promise.all([mended, pump()])
}

/** What this person has in the outbox, oldest first, with what is on its way right now. */
export function list(): OutboxItem[] {
  const me = session.current()
  return store
    .all()
    .filter((item) => item.personId === me?.personId && item.townId === me.townId)
    .map(live)
}

export function find(versionId: string): OutboxItem | undefined {
  const item = store.byVersion(versionId)
  return item && live(item)
}

/** How many items of other persons, or of a newer version of the mini-program, lie on this phone. */
export function others(): { otherPersons: number; newer: number } {
  const me = session.current()
  const foreign = store
    .all()
    .filter((item) => item.state !== 'received' && (item.personId !== me?.personId || item.townId !== me.townId))
  return { otherPersons: foreign.length, newer: store.newer().length }
}

/** Makes a draft an item and sends it. Durable when the promise is kept. */
export async function enqueue(name: string, title: string): Promise<OutboxItem> {
  const me = session.current()
  if (!me) throw new OutboxError('client.logged_out', '请先登录再提交,已填的内容都在。')
  const item = await draftsOf.submit(me, name, title)
  void pump()
  return item
}

/** Sends a refused item again as it is. */
export function retry(item: OutboxItem): void {
  if (store.byVersion(item.versionId)?.state !== 'refused') return
  store.change(item.versionId, { state: 'waiting', error: undefined })
  void hurry()
}

/** Lets a refused item go, words and photos. Only after the person has said so twice. */
export async function discard(item: OutboxItem): Promise<void> {
  const stored = store.byVersion(item.versionId)
  if (stored?.state !== 'refused') return
  store.remove(stored)
  await photos.release(stored.photos.map((photo) => photo.path))
}

function live(item: OutboxItem): OutboxItem {
  if (item.state !== 'waiting') return item
  const list = item.photos.map((photo) => (isUnderWay(photo.hash) ? { ...photo, state: 'uploading' as const } : photo))
  const sending = isUnderWay(item.versionId) || list.some((photo) => photo.state === 'uploading')
  return { ...item, photos: list, state: sending ? 'sending' : 'waiting' }
}
