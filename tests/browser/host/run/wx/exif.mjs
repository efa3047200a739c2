// The one thing WeChat tells of a photo's EXIF: how it is to be turned.
const NAMES = ['up', 'up-mirrored', 'down', 'down-mirrored', 'left-mirrored', 'right', 'right-mirrored', 'left']
const ORIENTATION = 0x0112

/** `up` where nothing says otherwise. */
export function orientationOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (view.getUint16(0) !== 0xffd8) return 'up'
    for (let at = 2; at + 4 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
      if (view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return fromTiff(view, at + 10)
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // a short file is simply not turned
  }
  return 'up'
}

function fromTiff(view, start) {
  const little = view.getUint16(start) === 0x4949
  const directory = start + view.getUint32(start + 4, little)
  const count = view.getUint16(directory, little)
  for (let i = 0; i < count; i += 1) {
    const entry = directory + 2 + 12 * i
    if (view.getUint16(entry, little) === ORIENTATION) return NAMES[view.getUint16(entry + 8, little) - 1] ?? 'up'
  }
  return 'up'
}
