// One item on its way: its words, the photos the town lacks, the words again, until the town says `complete`; only then
// do the files go. Each step may be repeated without harm, and is, after every interruption.

import { now } from '../services/clock'
import { ApiError } from '../services/errors'
import { call, callUpload } from '../services/session'
import { isWifi } from '../services/network'
import type { components } from '../services/openapi'
import { bodyOf, pathOf, type Answer, type OutboxItem, type OutboxPhoto } from './item'
import * as photos from './photos'
import { sendInPieces } from './pieces'
import { platform } from './platform'
import * as store from './store'

export type Receipt = components['schemas']['Receipt'] & { number?: string }

/** A 意见建议 is whole at once: no versions, no photos, a number. */
interface FeedbackReceipt {
  id: string
  number: string
  received_at: string
}

/** WeChat allows ten connections in all; two uploads keep a weak signal busy and leave room for the pages. */
const UPLOADS = 2
/** Rounds of photos and words in one run; more would mean that the town keeps forgetting. */
const ROUNDS = 4

/** What is on its way right now: version ids and photo hashes. For showing only, never stored. */
const underWay = new Set<string>()
const uploads = new Map<string, Promise<void>>()
let free = UPLOADS
const waiting: (() => void)[] = []

export function isUnderWay(id: string): boolean {
  return underWay.has(id)
}

/** Sends the words of an item; undefined where an earlier version has to go first. */
export async function submit(versionId: string): Promise<Receipt | undefined> {
  const stored = mustHave(versionId)
  const base = store.byVersion(stored.baseVersion ?? '')
  if (base?.state === 'waiting' && !base.kept) return undefined
  // The person is putting the earlier version right: this one will be upon the corrected one.
  if (base?.state === 'refused' && store.isBeingCorrected(base)) return undefined
  const item = base?.state === 'refused' ? folded(stored, base) : stored
  return during(versionId, async () => {
    const request = { method: 'POST' as const, path: pathOf(item), body: bodyOf(item), timeout: 40_000 }
    const receipt = receiptOf(await call<Receipt | FeedbackReceipt>(request, item), item)
    store.quietly(() => store.change(versionId, { kept: true, answer: answerOf(receipt), error: undefined }))
    return receipt
  })
}

/**
 * Sends the photos the town lacks until it has the record complete. Large ones make way between two pieces when `hasNews`:
 * words wait for no photo.
 */
export async function finish(versionId: string, first: Receipt, hasNews: () => boolean): Promise<void> {
  let receipt = first
  for (let round = 0; round < ROUNDS; round += 1) {
    const item = mustHave(versionId)
    const due = lacking(item, receipt)
    if (due.length === 0) return settle(item, receipt)
    const here = await present(due)
    // The first receipt may be older than what another item has uploaded since; a fresh one is not.
    if (here.length === 0 && round > 0) {
      throw new ApiError('photo.lost', '镇里还缺一张照片,而手机里已经没有了,请补拍一张。', 422)
    }
    const ready = here.filter((photo) => !photo.full || isWifi())
    if (here.length > 0 && ready.length === 0) {
      const error = { code: 'client.wifi', message: '原图较大,等连上无线网自动上传。' }
      store.quietly(() => store.change(versionId, { error }))
      return
    }
    const mayGoOn = (): boolean => isWifi() && !hasNews()
    const results = await Promise.allSettled(ready.map((photo) => sendPhoto(item, photo, mayGoOn)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    // The words that came meanwhile go first; then this goes on from where it is.
    if (hasNews()) return
    receipt = (await submit(versionId)) ?? receipt
  }
  throw new ApiError('client.photos_again', '照片还没有传全,稍后自动再试。', 503)
}

/** Our photos the town has not got. */
function lacking(item: OutboxItem, receipt: Receipt): OutboxPhoto[] {
  if (receipt.current_version === item.versionId) {
    return item.photos.filter((photo) => receipt.missing.includes(photo.hash))
  }
  // Somebody has edited the record since: the town asks for the photos of that version. Ours belong to the version we
  // wrote, which is kept as well, so they are sent all the same.
  return item.photos.filter((photo) => photo.state !== 'uploaded')
}

/** Nothing is left to send: the item is done, or the person has to do something. */
async function settle(item: OutboxItem, receipt: Receipt): Promise<void> {
  if (receipt.complete || receipt.current_version !== item.versionId) {
    store.put({
      ...item,
      state: 'received',
      kept: true,
      answer: answerOf(receipt),
      settledAt: now(),
      error: undefined,
      form: {},
      photos: [],
    })
    await photos.release(item.photos.map((photo) => photo.path))
    return
  }
  const message = `镇里已收到,还差 ${receipt.photos_short} 张照片,请点“补照片”补上。`
  throw new ApiError('outbox.photos_short', message, 422)
}

/** Those of the photos whose file is on this phone, with the path of it: another version of the record may hold it. */
async function present(due: OutboxPhoto[]): Promise<OutboxPhoto[]> {
  const found: OutboxPhoto[] = []
  for (const photo of due) {
    const twins = store.all().flatMap((item) => item.photos.filter((other) => other.hash === photo.hash))
    for (const path of [photo.path, ...twins.map((twin) => twin.path)]) {
      if (path === '' || (await platform().size(path)) === null) continue
      found.push({ ...photo, path })
      break
    }
  }
  return found
}

function sendPhoto(item: OutboxItem, photo: OutboxPhoto, mayGoOn: () => boolean): Promise<void> {
  // Two versions of one record may name the same photo.
  const begun = uploads.get(photo.hash)
  if (begun) return begun
  const work = withSlot(() => during(photo.hash, () => uploadOne(item, photo, mayGoOn)))
  uploads.set(photo.hash, work)
  const done = (): void => void uploads.delete(photo.hash)
  work.then(done, done)
  return work
}

async function uploadOne(item: OutboxItem, photo: OutboxPhoto, mayGoOn: () => boolean): Promise<void> {
  try {
    const outcome = photo.full === true ? await sendInPieces(photo, item, mayGoOn) : 'unknown'
    if (outcome === 'paused') return
    if (outcome === 'unknown') await sendAtOnce(item, photo)
  } catch (error) {
    const damaged = error instanceof ApiError && error.code === 'photo.hash_mismatch'
    // Damaged on the way, or on the phone? Only the latter is for ever.
    if (!damaged || (await photos.hashOf(photo.path)) === photo.hash) throw error
    throw new ApiError('photo.damaged', '手机里的这张照片损坏了,请重新拍一张。', 422)
  }
  const fresh = mustHave(item.versionId).photos.map((one) =>
    one.hash === photo.hash ? { ...one, state: 'uploaded' as const } : one,
  )
  store.quietly(() => store.change(item.versionId, { photos: fresh }))
}

async function sendAtOnce(item: OutboxItem, photo: OutboxPhoto): Promise<void> {
  const fields = { sha256: photo.hash, shrunk: String(!photo.full) }
  const form = { path: '/api/v1/photos', file: photo.path, name: 'file', fields }
  const { hash } = await callUpload<{ hash: string }>(form, item)
  if (hash !== photo.hash) throw new ApiError('client.not_ours', '照片没有传上去,稍后自动再试。')
}

/**
 * A version written upon one that was refused stands in for it: it holds everything the refused one held, as the person
 * last wanted it.
 */
function folded(item: OutboxItem, base: OutboxItem): OutboxItem {
  const files = new Map(base.photos.map((photo) => [photo.hash, photo]))
  const fresh: OutboxItem = {
    ...item,
    replaces: base.versionId,
    photos: item.photos.map((photo) => ({ ...photo, path: photo.path || (files.get(photo.hash)?.path ?? '') })),
  }
  if (!base.kept) {
    if (base.baseVersion) fresh.baseVersion = base.baseVersion
    else delete fresh.baseVersion
  }
  store.put(fresh)
  store.remove(base)
  return fresh
}

function receiptOf(answer: Receipt | FeedbackReceipt, item: OutboxItem): Receipt {
  if ('record_id' in answer) return answer
  return {
    record_id: item.id,
    version_id: item.versionId,
    current_version: item.versionId,
    state: 'submitted',
    received_at: answer.received_at,
    complete: true,
    missing: [],
    photos_short: 0,
    duties: [],
    not_counted: [],
    needs_confirmation: false,
    number: answer.number,
  }
}

function answerOf(receipt: Receipt): Answer {
  return {
    state: receipt.state,
    receivedAt: receipt.received_at,
    verdicts: receipt.duties.map((duty) => ({ dutyId: duty.duty_id, verdict: duty.verdict, extra: duty.extra })),
    notCounted: receipt.not_counted.map((duty) => ({ dutyId: duty.duty_id, message: duty.message })),
    needsConfirmation: receipt.needs_confirmation,
    ...(receipt.number ? { number: receipt.number } : {}),
  }
}

function mustHave(versionId: string): OutboxItem {
  const item = store.byVersion(versionId)
  if (!item) throw new ApiError('outbox.gone', '这一项已经不在待上传里了。', 422)
  return item
}

async function during<T>(id: string, work: () => Promise<T>): Promise<T> {
  underWay.add(id)
  store.tell()
  try {
    return await work()
  } finally {
    underWay.delete(id)
    store.tell()
  }
}

async function withSlot<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free -= 1
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
}
