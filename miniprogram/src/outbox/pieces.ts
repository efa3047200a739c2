// A full-size photo in pieces (tus 1.0, where a POST stands for the PATCH that phones lack). What the town has of it stays
// there: when the line breaks, or WeChat is put away, the next try goes on from that place. Nothing is remembered here,
// since whoever begins the same photo again is told where it is and how far.

import { ApiError } from '../services/errors'
import { callPost, type Who } from '../services/session'
import { base64, base64OfText } from '../utils/base64'
import { sha256 } from '../vendor/sha256'
import { platform } from './platform'

/** Half a minute on a poor line. */
const PIECE = 512 * 1024
/** Pieces that may be spoilt or out of place one after the other before it is left for later. */
const SETBACKS = 4
/** What a gateway on the way makes of headers it does not let through: such a line takes photos in one request only. */
const NOT_UNDERSTOOD = [400, 405, 412, 415, 501]
const VERSION = { 'Tus-Resumable': '1.0.0' }

export interface Whole {
  path: string
  hash: string
}

type Owner = Pick<Who, 'personId' | 'townId'>

/** `unknown`: pieces do not get through to this town. `paused`: the rest may not go now. */
export type Outcome = 'sent' | 'unknown' | 'paused'

/** Sends a photo, or what the town still lacks of it, as long as it may; one piece at least, so that it comes to an end. */
export async function sendInPieces(photo: Whole, owner: Owner, mayGoOn: () => boolean): Promise<Outcome> {
  const size = (await platform().size(photo.path)) ?? 0
  const begun = await begin(photo, size, owner)
  if (!begun) return 'unknown'
  let { offset } = begun
  for (let setbacks = 0; ;) {
    try {
      offset = await sendPiece(begun.place, photo.path, offset, size, owner)
      setbacks = 0
      if (offset >= size) return 'sent'
      if (!mayGoOn()) return 'paused'
    } catch (error) {
      setbacks += 1
      const place = elsewhere(error)
      if (place === null && isNotUnderstood(error)) return 'unknown'
      if (place === null || setbacks > SETBACKS) throw later(error)
      offset = place ?? offset
    }
  }
}

async function begin(photo: Whole, size: number, owner: Owner): Promise<{ place: string; offset: number } | null> {
  const metadata = `sha256 ${base64OfText(photo.hash)}`
  const header = { ...VERSION, 'Upload-Length': String(size), 'Upload-Metadata': metadata }
  try {
    const answer = await callPost({ path: '/api/v1/uploads', header }, owner)
    return { place: answer.location ?? '', offset: Number(answer['upload-offset'] ?? 0) }
  } catch (error) {
    if (isNotUnderstood(error) || (error instanceof ApiError && error.status === 404)) return null
    throw error
  }
}

/** Sends the piece at `offset`, an empty one where all is there already; answers where the town is then. */
async function sendPiece(place: string, path: string, offset: number, size: number, owner: Owner): Promise<number> {
  const length = Math.min(PIECE, size - offset)
  const bytes = length > 0 ? await platform().slice(path, offset, length) : new Uint8Array(0)
  const header = {
    ...VERSION,
    'X-HTTP-Method-Override': 'PATCH',
    'content-type': 'application/offset+octet-stream',
    'Upload-Offset': String(offset),
    'Upload-Checksum': `sha256 ${base64(sha256(bytes))}`,
  }
  const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const answer = await callPost({ path: place, header, data, timeout: 180_000 }, owner)
  return Number(answer['upload-offset'] ?? offset)
}

/** Where to go on after a piece that was spoilt (undefined: there) or out of place; null after anything else. */
function elsewhere(error: unknown): number | undefined | null {
  if (!(error instanceof ApiError)) return null
  if (error.code === 'upload.checksum') return undefined
  const { offset } = (error.details ?? {}) as { offset?: unknown }
  return error.code === 'upload.offset' && typeof offset === 'number' ? offset : null
}

/** Photos are refused with 422; this speaks of the way of sending, not of what was sent. */
function isNotUnderstood(error: unknown): boolean {
  return error instanceof ApiError && NOT_UNDERSTOOD.indexOf(error.status) >= 0
}

/** An upload that is gone is begun anew the next time, and a line that spoils pieces may be better by then. */
function later(error: unknown): unknown {
  if (error instanceof ApiError && [404, 409, 410, 460].indexOf(error.status) >= 0) {
    return new ApiError('client.photos_again', '照片还没有传全,稍后自动再试。', 503)
  }
  return error
}
