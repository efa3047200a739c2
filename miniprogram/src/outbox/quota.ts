// How full the phone's room for us is. WeChat gives 200 MB of files and 10 MB of storage; what is full is said, early
// and plainly, and nothing is thrown away to make room.

import { storageFull } from './errors'
import { platform } from './platform'

const FILES = 200 * 1024 * 1024
/** Room to finish what has begun: the raw photo, the drawn one and its copy lie side by side for a moment. */
const RESERVE = 12 * 1024 * 1024
const STORAGE_RESERVE = 512
/** From here on the person is told. */
const LOW = 0.8

export interface Room {
  files: { used: number; limit: number }
  /** KB */
  storage: { used: number; limit: number }
  low: boolean
  full: boolean
  /** Empty while there is room. */
  words: string
}

export async function room(): Promise<Room> {
  const used = (await list()).reduce((sum, file) => sum + file.bytes, 0)
  const storage = platform().storage()
  const full = used > FILES - RESERVE || storage.used > storage.limit - STORAGE_RESERVE
  const low = full || used > FILES * LOW || storage.used > storage.limit * LOW
  const megabytes = Math.round(used / 1024 / 1024)
  return {
    files: { used, limit: FILES },
    storage,
    low,
    full,
    words: full
      ? storageFull().message
      : low
        ? `手机里待上传的照片已有 ${megabytes} MB,快满了,请找个有网的地方打开小程序,让它传完。`
        : '',
  }
}

/** Throws, with the sentence to show, where there is no room for another photo. */
export async function mustHaveRoom(bytes: number): Promise<void> {
  const { files, full } = await room()
  if (full || files.used + bytes * 2 > FILES - RESERVE / 2) throw storageFull()
}

/** Runs a write to storage; WeChat's own words about a full one become ours. */
export function writing<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (isFull(error)) throw storageFull()
    throw error
  }
}

/** Whether WeChat says that there is no room left. */
export function isFull(error: unknown): boolean {
  const text = String(
    (error as { errMsg?: string; message?: string } | null)?.errMsg ?? (error as Error)?.message ?? '',
  )
  return /exceed|maximum size|quota|no space|1300202/i.test(text)
}

async function list(): Promise<{ bytes: number }[]> {
  try {
    return await platform().list()
  } catch {
    // No folder yet: nothing in it.
    return []
  }
}
