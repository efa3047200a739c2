// How long a full outbox takes to empty: 100 photos of 50 sign cases, filled in without network, sent by the real outbox
// to the real town. Prints the seconds, and fails if anything is there twice or left.
//   node bench.mjs [--photos 100] [--bytes 400000] [--bin FOLDER]

import { createHash } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { Device } from '../../../miniprogram/test/phone/device.mjs'
import { encoded, jpeg } from '../../../miniprogram/test/phone/jpeg.mjs'
import { launch } from '../../../miniprogram/test/phone/app.mjs'
import { binaries, startTown } from './town.mjs'

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: '100' },
    bytes: { type: 'string', default: '400000' },
    bin: { type: 'string' },
  },
})
const cases = Math.ceil(Number(values.photos) / 2)
const town = await startTown(binaries(values.bin))
try {
  const device = new Device()
  const loginCode = () => town.loginCode('demo-cadre')
  const app = await launch(device, { base: town.base, loginCode, address: '10.200.0.1', timeout: 30_000 })
  await app.outbox.start()
  const me = await app.session.signIn()
  const village = (await app.api.units()).find((unit) => unit.kind === 'village').id
  app.wx.changeNetwork('none')
  const hashes = []
  for (let i = 0; i < cases; i += 1) {
    const name = `sign:${i}`
    const record = {
      unit_id: village,
      happened_on: app.dates.dayAt(app.clock.now()),
      duty_ids: [],
      entry_channel: 'phone',
    }
    const form = { record, place: 'outside', text: `某某工作站${i}`, finding: 'off_list', action: 'removed' }
    app.outbox.drafts.open(me, name, { kind: 'sign', form })
    for (const slot of ['before', 'after']) {
      const bytes = jpeg(`${name} ${slot}`, Number(values.bytes))
      hashes.push(createHash('sha256').update(encoded(bytes)).digest('hex'))
      const temp = device.camera(bytes)
      await app.outbox.drafts.addPhoto(me, name, { slot, temp, bytes: bytes.length, source: 'camera' })
    }
    await app.outbox.enqueue(name, '标识牌')
  }
  const started = performance.now()
  app.wx.changeNetwork('wifi')
  while (app.outbox.list().some((item) => item.state !== 'received')) {
    await app.outbox.pump()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const refused = app.outbox.list().find((item) => item.state === 'refused')
    if (refused) throw new Error(`refused: ${refused.error.message}`)
  }
  const seconds = (performance.now() - started) / 1000
  const [[records]] = await town.ask('select count(*) from record')
  const held = (await town.ask("select encode(hash, 'hex') from photo")).map(([hash]) => hash)
  const once = held.length === hashes.length && hashes.every((hash) => held.includes(hash))
  if (Number(records) !== cases || !once) throw new Error(`${records} records and ${held.length} photos in the town`)
  await app.sweeping.sweep(0)
  if (device.leftovers().length > 0) throw new Error(`left on the phone: ${device.leftovers().join(' ')}`)
  console.log(`outbox: ${hashes.length} photos of ${cases} records drained in ${seconds.toFixed(2)} s, none twice`)
  device.kill()
} finally {
  await town.stop()
}
