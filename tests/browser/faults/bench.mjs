// How long a full outbox takes to empty: 100 photos of 50 sign cases, filled in without network, sent by the real outbox
// to the real town over a good line. Fails if anything is there twice, or left.
//   node bench.mjs [--photos 100] [--bytes 400000] [--bin FOLDER]     also part of `./dev bench phone`

import { createHash } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { Device } from '../../../miniprogram/test/phone/device.mjs'
import { encoded, jpeg } from '../../../miniprogram/test/phone/jpeg.mjs'
import { launch } from '../../../miniprogram/test/phone/app.mjs'
import { binaries, startTown } from './town.mjs'
import { standing } from './verify.mjs'

const PATIENCE = 10 * 60_000

/** Gives { photos, records, seconds }. */
export async function drain({ photos = 100, bytes = 400_000, bin } = {}) {
  const town = await startTown(binaries(bin))
  try {
    const before = await standing(town)
    const device = new Device()
    const loginCode = () => town.loginCode('demo-cadre')
    const app = await launch(device, { base: town.base, loginCode, address: '10.200.0.1', timeout: 30_000 })
    await app.outbox.start()
    app.me = await app.session.signIn()
    const village = (await app.api.units()).find((unit) => unit.kind === 'village').id
    app.wx.changeNetwork('none')
    const hashes = []
    const records = Math.ceil(photos / 2)
    for (let i = 0; i < records; i += 1) hashes.push(...(await fillIn(app, device, village, i, bytes)))
    const started = performance.now()
    app.wx.changeNetwork('wifi')
    await emptied(app)
    const seconds = (performance.now() - started) / 1000
    await app.sweeping.sweep(0)
    const left = device.leftovers()
    device.kill()
    if (left.length > 0) throw new Error(`left on the phone: ${left.join(' ')}`)
    const held = await town.ask("select id::text from record union all select encode(hash, 'hex') from photo")
    const fresh = held.map(([key]) => key).filter((key) => !before.has(key))
    if (fresh.length !== records + hashes.length || !hashes.every((hash) => fresh.includes(hash))) {
      throw new Error(`the town has ${fresh.length} records and photos, not ${records + hashes.length}`)
    }
    return { photos: hashes.length, records, seconds }
  } finally {
    await town.stop()
  }
}

/** One sign case with its two photos; gives their hashes. */
async function fillIn(app, device, village, i, length) {
  const { drafts } = app.outbox
  const name = `sign:${i}`
  const day = app.dates.dayAt(app.clock.now())
  const record = { unit_id: village, happened_on: day, duty_ids: [], entry_channel: 'phone' }
  const form = { record, place: 'outside', text: `某某工作站${i}`, finding: 'off_list', action: 'removed' }
  drafts.open(app.me, name, { kind: 'sign', form })
  const hashes = []
  for (const slot of ['before', 'after']) {
    const bytes = jpeg(`${name} ${slot}`, length)
    hashes.push(createHash('sha256').update(encoded(bytes)).digest('hex'))
    const temp = device.camera(bytes)
    await drafts.addPhoto(app.me, name, { slot, temp, bytes: bytes.length, source: 'camera' })
  }
  await app.outbox.enqueue(name, '标识牌')
  return hashes
}

async function emptied(app) {
  const end = Date.now() + PATIENCE
  for (;;) {
    await app.outbox.pump()
    const items = app.outbox.list()
    if (items.every((item) => item.state === 'received')) return
    const refused = items.find((item) => item.state === 'refused')
    if (refused) throw new Error(`refused: ${refused.error.message}`)
    if (Date.now() > end) throw new Error('the outbox does not empty')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const drainWords = ({ photos, records, seconds }) =>
  `outbox: ${photos} photos of ${records} records drained in ${seconds.toFixed(2)} s, none twice`

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { photos: { type: 'string' }, bytes: { type: 'string' }, bin: { type: 'string' } },
  })
  const number = (given) => (given === undefined ? undefined : Number(given))
  console.log(drainWords(await drain({ photos: number(values.photos), bytes: number(values.bytes), bin: values.bin })))
}
