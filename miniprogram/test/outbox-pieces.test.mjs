// Full-size photos go in pieces, over Wi-Fi, and go on where the line broke.

import assert from 'node:assert/strict'
import test from 'node:test'
import { FORM, begin, handIn, jpeg, problem, states, until } from './phone/index.mjs'

const PIECE = 512 * 1024
const isDone = (app) => () => states(app).every((state) => state === 'received')

/** A statement with one photo as the camera gave it, on a phone in Wi-Fi. */
async function handInWhole(phone, bytes) {
  const { drafts } = phone.app.outbox
  drafts.open(phone.me, 'a', { kind: 'statement', form: FORM })
  const temp = phone.device.camera(bytes)
  await drafts.addPhoto(phone.me, 'a', { slot: 'other', temp, bytes: bytes.length, source: 'camera', full: true })
  return phone.app.outbox.enqueue('a', '文字记录')
}

const uploadsOf = (town) => town.log.filter(({ path }) => path.startsWith('/api/v1/uploads'))

test('a full-size photo goes in pieces of half a megabyte, each with its hash', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', 2 * PIECE + 700)
  await handInWhole(phone, bytes)
  await until(phone.app, isDone(phone.app))
  assert.deepEqual([...phone.town.photos.values()], [bytes])
  assert.equal(
    phone.town.pieces.taken.reduce((sum, length) => sum + length),
    bytes.length,
  )
  assert.deepEqual(phone.town.pieces.taken.slice(0, 2), [PIECE, PIECE])
  assert.equal(phone.town.log.filter(({ path }) => path === '/api/v1/photos').length, 0)
  assert.deepEqual(phone.device.leftovers(), [])
})

test('after a broken line it goes on from where the town is', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', 4 * PIECE)
  let breaks = 2
  phone.town.instead = ({ path }) => {
    const third = path.startsWith('/api/v1/uploads/') && phone.town.pieces.taken.length === 2
    return third && breaks-- > 0 ? null : undefined
  }
  await handInWhole(phone, bytes)
  await until(phone.app, () => breaks < 0 && isDone(phone.app)())
  assert.equal(
    phone.town.pieces.taken.reduce((sum, length) => sum + length),
    bytes.length,
    'nothing is sent twice',
  )
  assert.deepEqual([...phone.town.photos.values()], [bytes])
})

test('a last answer that was lost is asked for again, and no byte is', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', PIECE + 9)
  const { answer } = phone.town.pieces
  let lost = 0
  phone.town.pieces.answer = function (request) {
    const said = answer.call(this, request)
    if (this.photos.size === 1 && lost === 0) {
      lost += 1
      return null
    }
    return said
  }
  await handInWhole(phone, bytes)
  await until(phone.app, isDone(phone.app))
  assert.equal(lost, 1)
  const sent = phone.town.pieces.taken.filter((length) => length > 0)
  assert.equal(
    sent.reduce((sum, length) => sum + length),
    bytes.length,
  )
})

test('a piece that was spoilt or out of place is put right at once', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', 3 * PIECE)
  const spoilt = [460, 409]
  phone.town.instead = ({ path }) => {
    if (!path.startsWith('/api/v1/uploads/') || spoilt.length === 0) return undefined
    if (spoilt.shift() === 460) return problem(460, 'upload.checksum', '这一段在传输中损坏了。')
    return problem(409, 'upload.offset', '位置不对。', { offset: 0 })
  }
  await handInWhole(phone, bytes)
  await until(phone.app, isDone(phone.app))
  assert.deepEqual([...phone.town.photos.values()], [bytes])
  assert.equal(uploadsOf(phone.town).filter(({ path }) => path === '/api/v1/uploads').length, 1, 'begun once')
})

test('a phone killed between two pieces goes on after the next start', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', 6 * PIECE)
  let killed = false
  phone.town.instead = ({ path }) => {
    if (killed || !path.startsWith('/api/v1/uploads/') || phone.town.pieces.taken.length < 2) return undefined
    killed = true
    phone.device.kill()
    return null
  }
  await handInWhole(phone, bytes)
  while (!killed) await new Promise((resolve) => setTimeout(resolve, 5))
  const again = await begin({ device: phone.device, town: phone.town })
  again.app.wx.changeNetwork('wifi')
  await until(again.app, isDone(again.app))
  assert.deepEqual([...phone.town.photos.values()], [bytes])
  assert.equal(
    phone.town.pieces.taken.reduce((sum, length) => sum + length),
    bytes.length,
  )
})

test('a town without room, or full of beginnings, is asked again later and nothing is lost', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', PIECE)
  const refusals = [507, 429]
  phone.town.instead = ({ path }) => {
    const status = path === '/api/v1/uploads' ? refusals.shift() : undefined
    return status && problem(status, status === 507 ? 'photo.quota' : 'upload.too_many', '请稍后再传。')
  }
  await handInWhole(phone, bytes)
  await until(phone.app, isDone(phone.app))
  assert.deepEqual(refusals, [])
  assert.deepEqual([...phone.town.photos.values()], [bytes])
})

test('a town that knows no pieces gets the photo in one', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', PIECE + 5)
  phone.town.instead = ({ path }) =>
    path === '/api/v1/uploads' ? problem(404, 'access.not_found', '没有找到这项内容。') : undefined
  await handInWhole(phone, bytes)
  await until(phone.app, isDone(phone.app))
  assert.deepEqual([...phone.town.photos.values()], [bytes])
  assert.equal(phone.town.log.filter(({ path }) => path === '/api/v1/photos').length, 1)
})

test('a line that spoils a piece now and then gets a large photo there, and one that spoils each never loses the record', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', 8 * PIECE)
  let [spoils, asked] = ['every other', 0]
  phone.town.instead = ({ path }) => {
    if (!path.startsWith('/api/v1/uploads/')) return undefined
    asked += 1
    const spoilt = spoils === 'each' || (spoils === 'every other' && asked % 2 === 1)
    return spoilt ? problem(460, 'upload.checksum', '这一段在传输中损坏了。') : undefined
  }
  await handInWhole(phone, bytes)
  await until(phone.app, isDone(phone.app))
  assert.equal(uploadsOf(phone.town).filter(({ path }) => path === '/api/v1/uploads').length, 1, 'in one go')
  spoils = 'each'
  asked = 0
  const other = jpeg('other', 2 * PIECE)
  await handInWhole(phone, other)
  await until(phone.app, () => asked > 6)
  assert.ok(!states(phone.app).includes('refused'))
  spoils = 'none'
  await until(phone.app, isDone(phone.app))
  assert.deepEqual([...phone.town.photos.values()], [bytes, other])
})

test('where something on the way does not understand pieces, the photo goes in one', async () => {
  for (const [at, status] of [
    ['/api/v1/uploads', 412],
    ['/api/v1/uploads/', 405],
    ['/api/v1/uploads/', 415],
  ]) {
    const phone = await begin()
    phone.app.wx.changeNetwork('wifi')
    const bytes = jpeg(`whole ${status}`, PIECE + 5)
    const meets = (path) => (at.endsWith('/') ? path.startsWith(at) : path === at)
    phone.town.instead = ({ path }) => (meets(path) ? problem(status, 'upload.version', '请更新小程序。') : undefined)
    await handInWhole(phone, bytes)
    await until(phone.app, isDone(phone.app))
    assert.deepEqual([...phone.town.photos.values()], [bytes], `${at} ${status}`)
  }
})

test('words that come while a large photo is on its way wait for a piece, not for the photo', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', 6 * PIECE)
  let second = null
  phone.town.instead = ({ path }) => {
    if (path.startsWith('/api/v1/uploads/') && phone.town.pieces.taken.length === 1 && !second) {
      second = handIn(phone, 'b', { title: '后来的' })
    }
    return undefined
  }
  await handInWhole(phone, bytes)
  while (!second) await new Promise((resolve) => setTimeout(resolve, 2))
  await second
  while (phone.town.log.filter(({ path }) => path === '/api/v1/statements').length < 2 || !isDone(phone.app)()) {
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const log = phone.town.log.map(({ path }) => path)
  const words = log.indexOf('/api/v1/statements', log.indexOf('/api/v1/statements') + 1)
  const after = log.slice(words).filter((path) => path.startsWith('/api/v1/uploads/')).length
  assert.ok(after >= 2, `${after} pieces came after the words`)
  assert.equal(
    phone.town.pieces.taken.reduce((sum, length) => sum + length),
    bytes.length,
  )
})

test('pieces stop where the Wi-Fi ends, and go on in the next', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('wifi')
  const bytes = jpeg('whole', 5 * PIECE)
  phone.town.instead = ({ path }) => {
    if (path.startsWith('/api/v1/uploads/') && phone.town.pieces.taken.length === 1) phone.app.wx.changeNetwork('4g')
    return undefined
  }
  await handInWhole(phone, bytes)
  while (phone.app.outbox.list()[0].error?.code !== 'client.wifi')
    await new Promise((resolve) => setTimeout(resolve, 2))
  assert.equal(phone.town.pieces.taken.length, 2)
  phone.town.instead = () => undefined
  phone.app.wx.changeNetwork('wifi')
  await until(phone.app, isDone(phone.app))
  assert.deepEqual([...phone.town.photos.values()], [bytes])
})
