// Items and drafts in the phone's storage. There is no index beside the keys: the keys are the index, so that one write
// puts a whole item down and a kill at any moment leaves the old state or the new one.

import { SCHEMA, migrate, type Kind, type OutboxItem, type PhotoSource, type Unreadable } from './item'
import type { Form, OutboxPhoto } from './item'
import { platform } from './platform'

const ITEM = 'ob:'
const DRAFT = 'df:'

/** A photo in a draft. `raw` is what the camera gave, saved; it becomes `saved` when it has been drawn and hashed. */
export interface DraftPhoto extends Omit<OutboxPhoto, 'state'> {
  /** Names it before it has a hash. */
  id: string
  state: 'raw' | 'saved' | 'failed'
  /** What the camera gave, until it has been drawn. */
  raw?: string
  /** Why it could not be used, as a sentence. */
  error?: string
}

/** What may be filled in: what becomes an item, and a 申请, which only goes out with the network and never becomes one. */
export type DraftKind = Kind | 'excuse'

/** A form being filled in. Its ids are made when it is begun, so that it can become one item only. */
export interface Draft {
  schema: typeof SCHEMA
  name: string
  kind: DraftKind
  recordId: string
  versionId: string
  baseVersion?: string
  replaces?: string
  personId: string
  townId: string
  form: Form
  photos: DraftPhoto[]
  /** The person has done something to it: what was only opened, and filled in beforehand, is nothing to go on with. */
  touched?: true
  openedAt: string
  updatedAt: string
}

export interface Owner {
  townId: string
  personId: string
}

let items: Map<string, OutboxItem> | null = null
let unreadable: Unreadable[] = []
const listeners = new Set<() => void>()

/** Every item, oldest first; of all persons and towns. */
export function all(): OutboxItem[] {
  return [...open().values()].sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0))
}

export function byVersion(versionId: string): OutboxItem | undefined {
  return open().get(versionId)
}

/** What a newer version of the mini-program wrote. Nothing of it is touched. */
export function newer(): Unreadable[] {
  open()
  return unreadable
}

/** Writes an item. Storage first: what is only in memory is not believed. */
export function put(item: OutboxItem): OutboxItem {
  platform().write(ITEM + item.versionId, item)
  open().set(item.versionId, item)
  tell()
  return item
}

export function change(versionId: string, fresh: Partial<OutboxItem>): OutboxItem | undefined {
  const item = open().get(versionId)
  return item && put({ ...item, ...fresh })
}

export function remove(item: OutboxItem): void {
  // A draft that became this item must not come back to life once the item is gone.
  for (const draft of drafts()) if (draft.versionId === item.versionId) removeDraft(draft)
  platform().remove(ITEM + item.versionId)
  open().delete(item.versionId)
  tell()
}

export function onChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** For what may be written and must not be: a full storage is no reason to stop sending. */
export function quietly(write: () => void): void {
  try {
    write()
  } catch {
    // What is stored says less than what is true; the next run finds out again.
  }
}

/** Also for what changes without being stored: an upload begins. */
export function tell(): void {
  for (const listener of [...listeners]) listener()
}

export function draftKey(owner: Owner, name: string): string {
  return `${DRAFT}${owner.townId}:${owner.personId}:${name}`
}

export function readDraft(owner: Owner, name: string): Draft | null {
  return asDraft(platform().read(draftKey(owner, name)))
}

export function writeDraft(draft: Draft): void {
  platform().write(draftKey(draft, draft.name), draft)
}

export function removeDraft(draft: Draft): void {
  platform().remove(draftKey(draft, draft.name))
}

/** Whether somebody has begun to put a refused item right. */
export function isBeingCorrected(item: OutboxItem): boolean {
  return drafts().some((draft) => draft.replaces === item.versionId)
}

/** Drafts of all persons. */
export function drafts(): Draft[] {
  return keysOf(DRAFT)
    .map((key) => asDraft(platform().read(key)))
    .filter((draft): draft is Draft => draft !== null)
}

/** Hashes and raw files something still needs; null when something unreadable may need any of them. */
export function needed(): Set<string> | null {
  const unreadDrafts = keysOf(DRAFT).length !== drafts().length
  if (newer().length > 0 || unreadDrafts) return null
  const paths = new Set<string>()
  for (const item of all()) for (const photo of item.photos) paths.add(photo.path)
  for (const draft of drafts()) {
    for (const photo of draft.photos) {
      paths.add(photo.path)
      if (photo.raw) paths.add(photo.raw)
    }
  }
  return paths
}

function open(): Map<string, OutboxItem> {
  if (items) return items
  items = new Map()
  unreadable = []
  for (const key of keysOf(ITEM)) {
    const stored = platform().read(key)
    const item = migrate(stored)
    if (item) items.set(item.versionId, item)
    else unreadable.push({ key, schema: (stored as { schema?: unknown } | undefined)?.schema })
  }
  return items
}

function keysOf(prefix: string): string[] {
  return platform()
    .keys()
    .filter((key) => key.startsWith(prefix))
}

function asDraft(stored: unknown): Draft | null {
  const draft = stored as Draft | undefined
  return draft?.schema === SCHEMA ? draft : null
}

export type { PhotoSource }
