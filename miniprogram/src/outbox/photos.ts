// From what the camera gave to a file named by its hash. Every step leaves either the old or the new state: copies go
// to a `.part` first and are renamed; the raw file goes only when the draft names the finished one.

import { sha256 } from '../vendor/sha256'
import { lostPhoto, unreadablePhoto } from './errors'
import { platform } from './platform'
import * as store from './store'

/** Long side of what is sent. */
const EDGE = 1600
/** Hashing a bit at a time, so that the page stays alive. */
const SLICE = 256 * 1024
/** The server's limit for one file. */
const LARGEST = 25 * 1024 * 1024

/** Files being worked on: nothing may sweep them. */
const inHand = new Map<string, number>()
let turn: Promise<unknown> = Promise.resolve()

export interface Finished {
  path: string
  hash: string
  bytes: number
  full: boolean
}

export function rawPath(id: string): string {
  return `${platform().folder}/raw-${id}`
}

export function pathOf(hash: string): string {
  return `${platform().folder}/${hash}.jpg`
}

/** Puts what the camera gave into the outbox's own folder: the temporary file may be gone any moment. */
export async function keepRaw(temp: string, id: string): Promise<void> {
  const path = rawPath(id)
  await hold([path, `${path}.part`], async () => {
    await platform().openFolder()
    await platform().copy(temp, `${path}.part`)
    await platform().rename(`${path}.part`, path)
  })
}

/** Draws, hashes and names a raw photo. Repeating it is harmless. `whole`: send the camera's file as it is. */
export async function finish(id: string, whole: boolean): Promise<Finished> {
  const raw = rawPath(id)
  const part = `${raw}.jpg.part`
  return hold([raw, part], async () => {
    const size = await platform().size(raw)
    if (size === null) throw lostPhoto()
    const full = whole && size <= LARGEST && isPlain(await platform().slice(raw, 0, Math.min(16, size)))
    const source = full ? raw : await platform().encode(raw, EDGE)
    await platform().copy(source, part)
    const hash = await hashOf(part)
    const path = pathOf(hash)
    const bytes = (await platform().size(part)) ?? 0
    await one(() => platform().rename(part, path))
    return { path, hash, bytes, full }
  })
}

/** SHA-256 of a file, as 64 hexadecimal digits. */
export async function hashOf(path: string): Promise<string> {
  const size = await platform().size(path)
  if (size === null || size === 0) throw unreadablePhoto()
  const hash = sha256.create()
  for (let at = 0; at < size; at += SLICE) {
    hash.update(await platform().slice(path, at, Math.min(SLICE, size - at)))
    // Lets taps and drawing through between two slices.
    await new Promise<void>((resolve) => setTimeout(resolve, 0))
  }
  return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Deletes files nothing refers to any more. */
export function release(paths: string[]): Promise<void> {
  return one(async () => {
    for (const path of paths) {
      const needed = store.needed()
      if (path === '' || needed === null || needed.has(path) || inHand.has(path)) continue
      if ((await platform().size(path)) !== null) await platform().unlink(path)
    }
  })
}

/** Keeps a finished file from being released until the caller has written down that it is needed. */
export async function holding<T>(path: string, work: () => Promise<T>): Promise<T> {
  return hold([path], work)
}

/** JPEG, PNG or WebP: what the server reads as it is. */
function isPlain(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head)
  return text.startsWith('\xff\xd8\xff') || text.startsWith('\x89PNG') || /^RIFF....WEBP/s.test(text)
}

async function hold<T>(paths: string[], work: () => Promise<T>): Promise<T> {
  for (const path of paths) inHand.set(path, (inHand.get(path) ?? 0) + 1)
  try {
    return await work()
  } finally {
    for (const path of paths) {
      const left = (inHand.get(path) ?? 1) - 1
      if (left > 0) inHand.set(path, left)
      else inHand.delete(path)
    }
  }
}

/** One after the other: a photo taken twice must not be deleted between being renamed and being looked for. */
function one<T>(work: () => Promise<T>): Promise<T> {
  const next = turn.then(work, work)
  turn = next.catch(() => undefined)
  return next
}
