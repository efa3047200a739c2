// What waits to be sent, as it lies in the phone's storage: one key per item, so that writing it is all or nothing.

export const SCHEMA = 1

export type Kind = 'meeting' | 'sign' | 'survey' | 'report' | 'statement' | 'contact' | 'feedback'

export type PhotoSource = 'camera' | 'album'

export interface OutboxPhoto {
  /** What it shows, in the server's words: `before`, `after`, `meeting`, `sheet`, `other`. */
  slot: string
  /** SHA-256 of the file's bytes; the photo's name on the phone and in the town. */
  hash: string
  /** The saved file; empty where there is none on this phone. */
  path: string
  /** The town has it already, from an earlier version or another phone: named without claims. */
  town?: boolean
  bytes: number
  source: PhotoSource
  /** The phone's word: RFC 3339 with its own offset. Claims, never judged by. */
  takenAt: string
  openedAt: string
  /** The file as the camera made it, sent over Wi-Fi only. */
  full?: boolean
  state: 'saved' | 'uploading' | 'uploaded'
}

/** The server's form without ids and photos, which the outbox puts in. */
export interface Form {
  /** What all records share. A 意见建议 has none. */
  record?: Record<string, unknown>
  [field: string]: unknown
}

export interface Refusal {
  code: string
  message: string
  details?: unknown
}

/** What the town answered, as far as people are told of it. */
export interface Answer {
  state: string
  receivedAt: string
  verdicts: { dutyId: string; verdict: string; extra: boolean }[]
  notCounted: { dutyId: string; message: string }[]
  needsConfirmation: boolean
  /** Of a 意见建议: the number under which the town has it. */
  number?: string
}

export interface OutboxItem {
  /** The record's id; several versions of one record may wait. */
  id: string
  schema: typeof SCHEMA
  kind: Kind
  /** For the list: 会议 · 第一党支部. */
  title: string
  personId: string
  townId: string
  /** Names this item: one version, one item. */
  versionId: string
  /** The version it was written upon, for an edit. */
  baseVersion?: string
  form: Form
  photos: OutboxPhoto[]
  state: 'waiting' | 'sending' | 'received' | 'refused'
  /** Why it was refused, or why the last try did not get through. */
  error?: Refusal
  /** The town has the words; photos may still be on their way. */
  kept?: boolean
  answer?: Answer
  /** When it was received, by the clock the cache uses: what was fetched before does not know of it. */
  settledAt?: number
  /** The refused item this one is the correction of. */
  replaces?: string
  /** By the phone's clock: for showing and ordering only. */
  createdAt: string
}

/** An item of a schema this version does not know: written by a newer one. It is kept as it is and explained. */
export interface Unreadable {
  key: string
  schema: unknown
}

type Old = Record<string, unknown>

/** One step per schema: `MIGRATIONS[n]` makes schema n + 1 of schema n. A released step is never changed. */
export const MIGRATIONS: Record<number, (old: Old) => Old> = {
  // 0 was what trial versions wrote: no claims beside the photos, the version named like the record.
  0: (old) => ({
    ...old,
    schema: 1,
    versionId: old['versionId'] ?? old['id'],
    photos: ((old['photos'] as Old[] | undefined) ?? []).map((photo) => ({
      source: 'album',
      takenAt: old['createdAt'],
      openedAt: old['createdAt'],
      ...photo,
    })),
  }),
}

/** Brings what was stored up to date; null where that is beyond this version. */
export function migrate(stored: unknown): OutboxItem | null {
  if (typeof stored !== 'object' || stored === null) return null
  let value = stored as Old
  for (let step = 0; value['schema'] !== SCHEMA; step += 1) {
    const next = MIGRATIONS[value['schema'] as number]
    if (!next || step > SCHEMA) return null
    value = next(value)
  }
  return typeof value['versionId'] === 'string' ? (value as unknown as OutboxItem) : null
}

const PATHS: Record<Kind, string> = {
  meeting: '/api/v1/meetings',
  sign: '/api/v1/signs',
  survey: '/api/v1/sign-surveys',
  report: '/api/v1/reports',
  statement: '/api/v1/statements',
  contact: '/api/v1/contacts',
  feedback: '/api/v1/feedback',
}

export function pathOf(item: OutboxItem): string {
  return PATHS[item.kind]
}

/** The request's body. The same item always gives the same body: that is what makes a repeat a repeat. */
export function bodyOf(item: OutboxItem): object {
  const { record, ...facts } = item.form
  if (!record) return { ...facts, id: item.id }
  return {
    ...facts,
    record: {
      ...record,
      id: item.id,
      version_id: item.versionId,
      ...(item.baseVersion ? { base_version: item.baseVersion } : {}),
      photos: item.photos.map((photo) => ({
        slot: photo.slot,
        hash: photo.hash,
        ...(photo.town ? {} : { source: photo.source, taken_at: photo.takenAt }),
      })),
    },
  }
}
