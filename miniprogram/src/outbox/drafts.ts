// Forms being filled in: written at every change, so that a kill loses at most the letter being typed. A draft becomes
// an item by one write; whatever happens around it, it becomes one item and never two.

import { OutboxError, lostPhoto, storageFull, unreadablePhoto } from './errors'
import { SCHEMA, type Form, type Kind, type OutboxItem, type OutboxPhoto, type PhotoSource } from './item'
import * as photos from './photos'
import { platform } from './platform'
import { isFull, mustHaveRoom, writing } from './quota'
import * as store from './store'
import type { Draft, DraftKind, DraftPhoto, Owner } from './store'
import { newId } from '../services/ids'
import { localStamp } from '../utils/dates'

export type { Draft, DraftPhoto } from './store'

const working = new Map<string, Promise<void>>()
const listeners = new Set<(draft: Draft) => void>()

export interface Begin {
  kind: DraftKind
  /** Prefilled fields. */
  form: Form
  /** For an edit: the record, the version seen, and its photos, which the town has. */
  recordId?: string
  baseVersion?: string
  photos?: { slot: string; hash: string }[]
}

/** The draft of this name, as it was left; or a new one. */
export function open(owner: Owner, name: string, begin: Begin): Draft {
  const left = store.readDraft(owner, name)
  if (left && !store.byVersion(left.versionId)) return left
  const now = localStamp()
  const draft: Draft = {
    schema: SCHEMA,
    name,
    kind: begin.kind,
    recordId: begin.recordId ?? newId(),
    versionId: newId(),
    ...(begin.baseVersion ? { baseVersion: begin.baseVersion } : {}),
    personId: owner.personId,
    townId: owner.townId,
    form: begin.form,
    photos: (begin.photos ?? []).map((photo) => atTheTown(photo.slot, photo.hash, now)),
    openedAt: now,
    updatedAt: now,
  }
  return write(draft)
}

export function peek(owner: Owner, name: string): Draft | null {
  const draft = store.readDraft(owner, name)
  return draft && !store.byVersion(draft.versionId) ? draft : null
}

/** Drafts of this person, for "接着填". A form that was only looked at is none. */
export function list(owner: Owner): Draft[] {
  return store
    .drafts()
    .filter((draft) => draft.townId === owner.townId && draft.personId === owner.personId)
    .filter((draft) => draft.touched)
    .filter((draft) => !store.byVersion(draft.versionId))
}

/** Keeps what is filled in so far, by the person or beforehand. */
export function save(owner: Owner, name: string, form: Form, byHand = true): Draft {
  return write({ ...must(owner, name), form, ...(byHand ? { touched: true } : {}) })
}

/** Lets a draft go with its photos. Ask first. */
export async function discard(owner: Owner, name: string): Promise<void> {
  const draft = store.readDraft(owner, name)
  if (!draft) return
  store.removeDraft(draft)
  await photos.release(pathsOf(draft.photos))
}

/**
 * Takes a photo in: written down first, then copied, then drawn and hashed. Returns when it is safe on the phone; the
 * drawing goes on, see `onPhoto` and `settled`.
 */
export async function addPhoto(
  owner: Owner,
  name: string,
  taken: { slot: string; temp: string; bytes: number; source: PhotoSource; full?: boolean },
): Promise<DraftPhoto> {
  await mustHaveRoom(taken.bytes)
  const draft = must(owner, name)
  const id = newId()
  const photo: DraftPhoto = {
    id,
    slot: taken.slot,
    hash: '',
    path: '',
    raw: photos.rawPath(id),
    bytes: taken.bytes,
    source: taken.source,
    takenAt: localStamp(),
    openedAt: draft.openedAt,
    ...(taken.full ? { full: true } : {}),
    state: 'raw',
  }
  write({ ...draft, photos: [...draft.photos, photo], touched: true })
  try {
    await photos.keepRaw(taken.temp, id)
  } catch (error) {
    setPhoto(owner, name, id, null)
    throw isFull(error) ? storageFull() : error
  }
  // Whatever goes wrong here is found again by `settled`, or by the next start: the raw photo is safe.
  finish(owner, name, id).catch(() => undefined)
  return photo
}

export async function removePhoto(owner: Owner, name: string, id: string): Promise<void> {
  const gone = must(owner, name).photos.filter((photo) => photo.id === id)
  setPhoto(owner, name, id, null)
  await working.get(id)
  await photos.release(pathsOf(gone))
}

/** Calls back when a photo of a draft is ready, or could not be read. */
export function onPhoto(listener: (draft: Draft) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Waits until every photo is drawn and hashed; throws the sentence of one that could not be. */
export async function settled(owner: Owner, name: string): Promise<Draft> {
  for (const photo of must(owner, name).photos) if (photo.state === 'raw') await finish(owner, name, photo.id)
  const draft = must(owner, name)
  const failed = draft.photos.find((photo) => photo.state === 'failed')
  if (failed) throw new OutboxError('photo.unusable', failed.error ?? unreadablePhoto().message)
  return draft
}

/** Makes the draft an item of the outbox: one write. The same draft twice gives the same item. */
export async function submit(owner: Owner, name: string, title: string): Promise<OutboxItem> {
  const draft = await settled(owner, name)
  for (const photo of draft.photos) {
    if (photo.path && (await platform().size(photo.path)) === null) throw lostPhoto()
  }
  const known = store.byVersion(draft.versionId)
  const item = known ?? writing(() => store.put(itemOf(draft, title)))
  store.removeDraft(draft)
  dropReplaced(item)
  return item
}

/** Opens a refused item for changing: what the person wrote and took stays, under a new version and a name of its own. */
export function reopen(item: OutboxItem): Draft {
  const name = `again:${item.versionId}`
  const begun = peek(item, name)
  if (begun) return begun
  const newest = (item.error?.details as { current_version?: string } | undefined)?.current_version
  // What the town has kept already is changed by an edit of it; what it refused as a whole is sent anew.
  const base = newest ?? (item.kept ? item.versionId : item.baseVersion)
  const now = localStamp()
  return write({
    schema: SCHEMA,
    name,
    kind: item.kind,
    recordId: item.id,
    versionId: newId(),
    ...(base ? { baseVersion: base } : {}),
    replaces: item.versionId,
    personId: item.personId,
    townId: item.townId,
    form: item.form,
    photos: item.photos.map((photo) => ({ ...photo, id: newId(), state: 'saved' as const })),
    touched: true,
    openedAt: now,
    updatedAt: now,
  })
}

/** After a start: finishes what a kill has interrupted. */
export async function recover(): Promise<void> {
  for (const draft of store.drafts()) if (store.byVersion(draft.versionId)) store.removeDraft(draft)
  for (const item of store.all()) dropReplaced(item)
  for (const draft of store.drafts()) {
    for (const photo of draft.photos) if (photo.state === 'raw') await finish(draft, draft.name, photo.id)
  }
}

/** The corrected item is there: the refused one has served. */
function dropReplaced(item: OutboxItem): void {
  const old = item.replaces === undefined ? undefined : store.byVersion(item.replaces)
  if (old?.state !== 'refused') return
  // What was written upon the refused version is upon the corrected one now.
  const upon = (one: { baseVersion?: string }): boolean => one.baseVersion === old.versionId
  for (const later of store.all().filter(upon)) store.put({ ...later, baseVersion: item.versionId })
  for (const later of store.drafts().filter(upon)) store.writeDraft({ ...later, baseVersion: item.versionId })
  store.remove(old)
}

function finish(owner: Owner, name: string, id: string): Promise<void> {
  const begun = working.get(id)
  if (begun) return begun
  const work = drawn(owner, name, id).finally(() => working.delete(id))
  working.set(id, work)
  return work
}

async function drawn(owner: Owner, name: string, id: string): Promise<void> {
  const photo = store.readDraft(owner, name)?.photos.find((photo) => photo.id === id)
  // Whoever asked may have looked at the draft before another had it finished.
  if (photo?.state !== 'raw') return
  try {
    const done = await photos.finish(id, photo.full === true)
    await photos.holding(done.path, async () => {
      const { full, ...finished } = done
      const fresh: DraftPhoto = { ...photo, ...finished, state: 'saved' }
      delete fresh.raw
      if (!full) delete fresh.full
      setPhoto(owner, name, id, fresh)
    })
  } catch (error) {
    // No room: it stays raw and safe, and is tried again when the draft is sent or the app starts.
    if (isFull(error)) return
    const message = error instanceof OutboxError ? error.message : unreadablePhoto().message
    setPhoto(owner, name, id, { ...photo, state: 'failed', error: message })
    return
  }
  await photos.release([photos.rawPath(id)])
}

function setPhoto(owner: Owner, name: string, id: string, fresh: DraftPhoto | null): void {
  const draft = store.readDraft(owner, name)
  if (!draft) return
  const list = draft.photos.flatMap((photo) => (photo.id !== id ? [photo] : fresh ? [fresh] : []))
  const written = write({ ...draft, photos: list })
  for (const listener of [...listeners]) listener(written)
}

function write(draft: Draft): Draft {
  const fresh = { ...draft, updatedAt: localStamp() }
  writing(() => store.writeDraft(fresh))
  return fresh
}

function must(owner: Owner, name: string): Draft {
  const draft = store.readDraft(owner, name)
  if (!draft) throw new OutboxError('draft.gone', '这份内容已经提交,请在“待上传”里查看。')
  return draft
}

function itemOf(draft: Draft, title: string): OutboxItem {
  return {
    id: draft.recordId,
    schema: SCHEMA,
    // No 申请 is submitted here.
    kind: draft.kind as Kind,
    title,
    personId: draft.personId,
    townId: draft.townId,
    versionId: draft.versionId,
    ...(draft.baseVersion ? { baseVersion: draft.baseVersion } : {}),
    ...(draft.replaces ? { replaces: draft.replaces } : {}),
    form: draft.form,
    photos: draft.photos.map(photoOf),
    state: 'waiting',
    createdAt: localStamp(),
  }
}

function photoOf(photo: DraftPhoto): OutboxPhoto {
  const { slot, hash, path, town, bytes, source, takenAt, openedAt, full } = photo
  return {
    slot,
    hash,
    path,
    ...(town ? { town } : {}),
    bytes,
    source,
    takenAt,
    openedAt,
    ...(full ? { full } : {}),
    state: town ? 'uploaded' : 'saved',
  }
}

function atTheTown(slot: string, hash: string, at: string): DraftPhoto {
  return {
    id: newId(),
    slot,
    hash,
    path: '',
    town: true,
    bytes: 0,
    source: 'album',
    takenAt: at,
    openedAt: at,
    state: 'saved',
  }
}

function pathsOf(list: DraftPhoto[]): string[] {
  return list.flatMap((photo) => (photo.raw ? [photo.raw, photo.path] : [photo.path]))
}
