// Makes a screenshot small: pages have few colours, and 256 of them show no difference. Only what Chromium writes is read:
// eight bits a channel, not interlaced.
import zlib from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const COLOURS = 256
const INDEXED = 3
const WITH_OPACITY = 6

/** The same picture with at most 256 colours. */
export function fewColours(png) {
  const { width, height, channels, bytes } = decode(png)
  const colourAt = (at) => (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]
  const counts = new Map()
  for (let at = 0; at < bytes.length; at += channels) counts.set(colourAt(at), (counts.get(colourAt(at)) ?? 0) + 1)
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, COLOURS)
  const indexOf = nearest(palette.map(([colour]) => colour))
  const rows = Buffer.alloc((width + 1) * height)
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const at = Math.floor(pixel / width) * (width + 1) + 1 + (pixel % width)
    rows[at] = indexOf(colourAt(pixel * channels))
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, INDEXED], 8)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(([colour]) => parts(colour)))),
    chunk('IDAT', zlib.deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]

/** Which of these a colour is, or comes nearest to. */
function nearest(colours) {
  const known = new Map(colours.map((colour, i) => [colour, i]))
  return (colour) => {
    if (!known.has(colour)) {
      const [r, g, b] = parts(colour)
      const far = colours.map(parts).map(([x, y, z]) => (x - r) ** 2 + (y - g) ** 2 + (z - b) ** 2)
      known.set(colour, far.indexOf(Math.min(...far)))
    }
    return known.get(colour)
  }
}

function decode(png) {
  let header
  const data = []
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at)
    const body = png.subarray(at + 8, at + 8 + length)
    const name = png.toString('latin1', at + 4, at + 8)
    if (name === 'IHDR') header = body
    if (name === 'IDAT') data.push(body)
    at += 12 + length
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const channels = header[9] === WITH_OPACITY ? 4 : 3
  return { width, height, channels, bytes: unfiltered(zlib.inflateSync(Buffer.concat(data)), width, height, channels) }
}

/** Each row of a PNG is written as the difference to what lies left of it and above it. */
function unfiltered(rows, width, height, channels) {
  const line = width * channels
  const bytes = Buffer.alloc(line * height)
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (line + 1)]
    for (let x = 0; x < line; x += 1) {
      const at = y * line + x
      const left = x >= channels ? bytes[at - channels] : 0
      const above = y > 0 ? bytes[at - line] : 0
      const corner = x >= channels && y > 0 ? bytes[at - line - channels] : 0
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter]
      bytes[at] = rows[y * (line + 1) + 1 + x] + guess
    }
  }
  return bytes
}

function paeth(left, above, corner) {
  const guess = left + above - corner
  const [a, b, c] = [left, above, corner].map((one) => Math.abs(guess - one))
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc(body))
  return Buffer.concat([length, body, sum])
}

function crc(bytes) {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return (sum ^ 0xffffffff) >>> 0
}
