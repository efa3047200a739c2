// Small real JPEGs, each different, without a library: grey, 64 × 48, with a comment that makes the bytes its own.

const WIDTH = 64
const HEIGHT = 48

export function jpeg(comment = '', filler = 0) {
  const blocks = (WIDTH / 8) * (HEIGHT / 8)
  // One code of one bit in each table: "no difference" and "end of block". Two zero bits per block, padded with ones.
  const bits = blocks * 2
  const scan = Buffer.alloc(Math.ceil(bits / 8))
  if (bits % 8 !== 0) scan[scan.length - 1] = 0xff >> (bits % 8)
  const table = Buffer.concat([Buffer.from([1]), Buffer.alloc(15), Buffer.from([0])])
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xfe, Buffer.from(comment)),
    ...fillers(filler),
    segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 1)])),
    segment(0xc0, Buffer.from([8, 0, HEIGHT, 0, WIDTH, 1, 1, 0x11, 0])),
    segment(0xc4, Buffer.concat([Buffer.from([0x00]), table])),
    segment(0xc4, Buffer.concat([Buffer.from([0x10]), table])),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    scan,
    Buffer.from([0xff, 0xd9]),
  ])
}

export function isJpeg(bytes) {
  return bytes.length > 4 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9
}

/** What the canvas would make of it: other bytes, the same picture. */
export function encoded(bytes) {
  return Buffer.concat([bytes.subarray(0, 2), segment(0xfe, Buffer.from('drawn anew')), bytes.subarray(2)])
}

/** A segment holds 64 KB at most. */
function fillers(length) {
  const parts = []
  for (let left = length; left > 0; left -= 60_000) parts.push(segment(0xfe, Buffer.alloc(Math.min(left, 60_000), 'x')))
  return parts
}

function segment(marker, content) {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(content.length + 2, 2)
  return Buffer.concat([head, content])
}
