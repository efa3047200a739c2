// Ids are made on the phone: the id is what makes a repeated submission the same submission. UUIDv7 (RFC 9562).

/** Random bytes fetched ahead: WeChat gives them asynchronously only, and an id is needed at once. */
let pool = new Uint8Array(0)
let used = 0
let fetching = false
const WANTED = 1024

/** Fetches randomness ahead; called at launch and whenever it runs low. */
export function prepareIds(): void {
  if (fetching || !wx.getRandomValues) return
  fetching = true
  wx.getRandomValues({
    length: WANTED,
    success: (answer) => {
      pool = new Uint8Array(answer.randomValues)
      used = 0
    },
    complete: () => {
      fetching = false
    },
  })
}

/** A fresh UUIDv7. `at` is the phone's clock; a wrong one only spoils the sorting. */
export function newId(at: number = Date.now()): string {
  const bytes = random(16)
  let time = at
  for (let i = 5; i >= 0; i -= 1) {
    bytes[i] = time % 256
    time = Math.floor(time / 256)
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function random(length: number): Uint8Array {
  if (pool.length - used < length) {
    prepareIds()
    return makeshift(length)
  }
  const bytes = pool.slice(used, used + length)
  used += length
  if (pool.length - used < WANTED / 4) prepareIds()
  return bytes
}

/** Before the first bytes have come: `crypto` where there is one, else Math.random, which is good enough to be unique. */
function makeshift(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  const crypto = (globalThis as { crypto?: { getRandomValues?: (bytes: Uint8Array) => void } }).crypto
  if (crypto?.getRandomValues) {
    crypto.getRandomValues(bytes)
  } else {
    for (let i = 0; i < length; i += 1) bytes[i] = Math.floor(Math.random() * 256)
  }
  return bytes
}
