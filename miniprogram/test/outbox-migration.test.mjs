import assert from 'node:assert/strict'
import test from 'node:test'
import { Device, begin, handIn, states, until } from './phone/index.mjs'

test('an item of an older schema is brought up to date and sent', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('none')
  const item = await handIn(phone, 'a', { slots: ['before'] })
  phone.device.kill()
  const key = `ob:${item.versionId}`
  const stored = JSON.parse(phone.device.storage.get(key))
  const { schema: _schema, versionId: _versionId, ...old } = stored
  const photos = stored.photos.map(({ source: _s, takenAt: _t, openedAt: _o, ...photo }) => photo)
  phone.device.storage.delete(key)
  phone.device.storage.set(`ob:${item.id}`, JSON.stringify({ ...old, schema: 0, photos }))
  phone.device.networkType = '4g'
  const again = await begin({ device: phone.device, town: phone.town })
  await until(again.app, () => states(again.app).every((state) => state === 'received'))
  const sent = phone.town.log.find(({ path }) => path.endsWith('statements')).sent
  assert.equal(sent.record.version_id, item.id)
  assert.equal(sent.record.photos[0].source, 'album')
  assert.equal(phone.town.photos.size, 1)
})

test('an item of a newer schema is kept as it is, explained, and its files with it', async () => {
  const device = new Device()
  const text = JSON.stringify({ schema: 99, what: { a: 1 }, photos: [{ path: 'wxfile://usr/outbox/x.jpg' }] })
  device.storage.set('ob:from-the-future', text)
  device.files.set('wxfile://usr/outbox/', Buffer.alloc(0))
  device.files.set('wxfile://usr/outbox/x.jpg', Buffer.from('x'))
  const phone = await begin({ device })
  assert.deepEqual(phone.app.outbox.others(), { otherPersons: 0, newer: 1 })
  assert.match(phone.app.outbox.words.NEWER, /更新小程序/)
  await handIn(phone, 'a', { slots: ['before'] })
  await until(phone.app, () => states(phone.app).every((state) => state === 'received'))
  await phone.app.sweeping.sweep(0)
  assert.equal(device.storage.get('ob:from-the-future'), text)
  assert.ok(device.files.has('wxfile://usr/outbox/x.jpg'))
})
