// Draws the icons of the tab bar into src/icons: WeChat takes nothing but pictures there.
//
//   node tools/icons.mjs     81 × 81 px, one for each tab and one for the tab one is on
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'

const SIDE = 81
const FINE = 4 // samples per pixel and direction
const GREY = [0x4b, 0x55, 0x63]
const RED = [0xb3, 0x26, 0x1e]
const FOLDER = path.resolve(import.meta.dirname, '../src/icons')

/** Points of an arc, from one angle to the other in degrees, clockwise from the right. */
function arc(cx, cy, rx, ry, from, to) {
  const points = []
  for (let i = 0; i <= 24; i += 1) {
    const angle = ((from + ((to - from) * i) / 24) * Math.PI) / 180
    points.push([cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)])
  }
  return points
}
const closed = (points) => [...points, points[0]]
const box = (left, top, right, bottom) =>
  closed([
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ])

/** Lines of each icon; the first is the outline that is tinted when the tab is chosen. */
// prettier-ignore
const ICONS = {
  today: [
    box(14, 19, 67, 69),
    [[14, 34], [67, 34]],
    [[28, 11], [28, 24]],
    [[53, 11], [53, 24]],
    [[29, 51], [37, 59], [53, 43]],
  ],
  signs: [
    box(10, 14, 71, 48),
    [[23, 26], [58, 26]],
    [[23, 36], [47, 36]],
    [[40.5, 48], [40.5, 70]],
    [[27, 70], [54, 70]],
  ],
  inbox: [
    closed([[13, 58], [21, 48], ...arc(40.5, 36, 19.5, 20, 180, 360), [60, 48], [68, 58]]),
    [[40.5, 10], [40.5, 16]],
    arc(40.5, 62, 8, 8, 20, 160),
  ],
  me: [closed(arc(40.5, 70, 27, 22, 180, 360)), arc(40.5, 25, 13, 13, 0, 360)],
}

const distance = ([px, py], [ax, ay], [bx, by]) => {
  const [dx, dy] = [bx - ax, by - ay]
  const along = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)))
  return Math.hypot(px - ax - along * dx, py - ay - along * dy)
}
const near = (point, line, reach) => line.some((end, i) => i > 0 && distance(point, line[i - 1], end) <= reach)
const inside = ([px, py], line) =>
  line.reduce((is, [bx, by], i) => {
    if (i === 0) return is
    const [ax, ay] = line[i - 1]
    return ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax ? !is : is
  }, false)

/** How much ink a pixel gets, 0 to 1. */
function inkAt(x, y, lines, chosen) {
  let sum = 0
  for (let i = 0; i < FINE * FINE; i += 1) {
    const point = [x + ((i % FINE) + 0.5) / FINE, y + (Math.floor(i / FINE) + 0.5) / FINE]
    // Bolder when chosen: never colour alone.
    if (lines.some((line) => near(point, line, chosen ? 3.4 : 2.4))) sum += 1
    else if (chosen && inside(point, lines[0])) sum += 0.18
  }
  return sum / (FINE * FINE)
}

function draw(lines, chosen) {
  const rows = Buffer.alloc(SIDE * (SIDE * 4 + 1))
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const at = y * (SIDE * 4 + 1) + 1 + x * 4
      rows.set([...(chosen ? RED : GREY), Math.round(255 * inkAt(x, y, lines, chosen))], at)
    }
  }
  return png(rows)
}

function png(rows) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(SIDE, 0)
  header.writeUInt32BE(SIDE, 4)
  header.set([8, 6], 8) // 8 bits each of red, green, blue, opacity
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data])
    const ends = Buffer.alloc(8)
    ends.writeUInt32BE(data.length, 0)
    ends.writeUInt32BE(crc(body), 4)
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const picture = zlib.deflateSync(rows, { level: 9 })
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', picture), chunk('IEND', Buffer.alloc(0))])
}

function crc(bytes) {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return (sum ^ 0xffffffff) >>> 0
}

fs.mkdirSync(FOLDER, { recursive: true })
for (const [name, lines] of Object.entries(ICONS)) {
  for (const chosen of [false, true])
    fs.writeFileSync(path.join(FOLDER, `${name}${chosen ? '-on' : ''}.png`), draw(lines, chosen))
}
