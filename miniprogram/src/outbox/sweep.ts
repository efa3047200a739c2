// Deletes files nothing refers to: what a kill left between two steps. Where something unreadable may refer to a file
// (an item of a newer version) nothing is deleted at all.

import * as photos from './photos'
import { platform } from './platform'
import * as store from './store'

/** Received items kept for "镇里已收到". */
const KEEP = 20

export async function sweep(keep = KEEP): Promise<void> {
  forgetReceived(keep)
  let files: { name: string }[]
  try {
    files = await platform().list()
  } catch {
    // No folder yet.
    return
  }
  await photos.release(files.map((file) => `${platform().folder}/${file.name}`))
}

/** The oldest first. A received item holds no words and no photos any more, only that it arrived. */
function forgetReceived(keep: number): void {
  const received = store.all().filter((item) => item.state === 'received')
  for (const item of received.slice(0, Math.max(0, received.length - keep))) store.remove(item)
}
