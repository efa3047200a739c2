// sharp making the two copies of each photo: the display copy, and the thumbnail from its pixels.
// Prints the seconds it took, by the clock and of processors, and by how many MB the process grew with the first photo.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { threads: { type: 'string' } },
  allowPositionals: true,
})
const threads = Number(values.threads)
// libvips' own threads within one picture are off: as many photos as threads are under way instead.
process.env.UV_THREADPOOL_SIZE = String(threads)
const { default: sharp } = await import('sharp')
sharp.concurrency(1)
sharp.cache(false)

const copies = async (photo) => {
  createHash('sha256').update(photo).digest('hex')
  const { data, info } = await sharp(photo)
    .autoOrient()
    .resize(1600, 1600, { fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const raw = { width: info.width, height: info.height, channels: info.channels }
  const display = await sharp(data, { raw }).jpeg({ quality: 80 }).toBuffer()
  const thumb = await sharp(data, { raw })
    .resize(320, 320, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 75 })
    .toBuffer()
  return display.length + thumb.length
}

const peak = () => {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024
}

const photos = positionals.map((path) => readFileSync(path))
writeFileSync('/proc/self/clear_refs', '5')
const before = peak()
await copies(photos[0])
const grown = peak() - before
const begun = performance.now()
const used = process.cpuUsage()
let next = 0
const work = async () => {
  while (next < photos.length) await copies(photos[next++])
}
await Promise.all(Array.from({ length: threads }, work))
const seconds = (performance.now() - begun) / 1000
const { user, system } = process.cpuUsage(used)
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, grown }))
