import assert from 'node:assert/strict'
import test from 'node:test'
import { load } from './phone/load.mjs'

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('ids are UUIDv7, sorted by time, and never the same', async () => {
  let calls = 0
  globalThis.wx = {
    getRandomValues: ({ length, success, complete }) => {
      calls += 1
      const bytes = new Uint8Array(length)
      globalThis.crypto.getRandomValues(bytes)
      setImmediate(() => (success({ randomValues: bytes.buffer }), complete()))
    },
  }
  const { newId, prepareIds } = await load('src/services/ids.ts')
  prepareIds()
  const early = newId(1_000)
  await new Promise((resolve) => setTimeout(resolve, 5))
  const ids = Array.from({ length: 5000 }, () => newId(2_000))
  assert.ok([early, ...ids].every((id) => SHAPE.test(id)))
  assert.equal(new Set(ids).size, ids.length)
  assert.ok(early < ids[0])
  const at = parseInt(
    newId(Date.UTC(2021, 9, 10))
      .slice(0, 13)
      .replace('-', ''),
    16,
  )
  assert.equal(at, Date.UTC(2021, 9, 10))
  assert.ok(calls >= 1)
})
