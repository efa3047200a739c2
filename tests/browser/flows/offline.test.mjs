// No network in the hills: everything can be filled in, the app may be killed at any moment, and with the network all of
// it arrives, each photo once.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { makeJpeg } from '../lib/browser.mjs'
import { arrives, ids, ok, photosOf, photosOn, until } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const DONE = '功能室都挂了牌,写明了用途。'
const MINUTES = '商量了下个月的安排。'
const WORDS = '希望能看到去年的记录。'

let world
let pictures
let known
before(async () => {
  world = await startWorld()
  const seeds = [1, 2, 3]
  pictures = await Promise.all(seeds.map((seed) => makeJpeg(world.browser, { seed, width: 400, height: 300 })))
  known = ids(await ok(world.api('OFFICE', 'GET', '/api/v1/records')).then(({ records }) => records))
})
after(() => world?.close())

test('李小禾 fills in four things without network, is killed twice, and the town gets each of them once', async () => {
  const phone = await world.openAs('李小禾', { levers: { privacy: false } })
  await phone.sees('固定学习日')
  await fetchedAhead(phone)
  await phone.offline()
  await phone.sees('现在没有网络')

  // A sign, handed in.
  await phone.tap('登记一块标识牌')
  await phone.photo('拍照:清理前', pictures[0])
  await phone.tap('某某服务站,清单以外')
  await phone.photo('拍照:清理后', pictures[1])
  const signPhotos = await photosOn(phone, 2)
  await phone.tap('提交')
  await phone.sees('填好了,存在手机里')
  await phone.tap('好了,返回')

  // A statement, handed in.
  await phone.tap('去填写:明确各功能室用途')
  await phone.type('做了什么,结果怎样?', DONE)
  await phone.tap('提交')
  await phone.sees('填好了,存在手机里')
  await phone.tap('好了,返回')
  await phone.sees('2 项等待上传')

  // A meeting, half written, with its photo.
  await phone.tap('去记录:召开支委会')
  await phone.type('会议内容', MINUTES)
  await phone.photo('拍照:会场', pictures[2])
  const meetingPhotos = await photosOn(phone, 1)

  await phone.reopen()
  await phone.sees('2 项等待上传')
  assert.match(await phone.text(), /已存手机,等待上传/)
  await phone.tap('接着填:会议,手机里的草稿,照片 1 张,还没交')
  await phone.sees('应到 4 人,实到 3 人,缺席 1 人')
  assert.equal((await phone.data()).form.minutes, MINUTES)
  assert.deepEqual(await photosOn(phone, 1), meetingPhotos)
  await phone.tap('提交会议记录')
  await phone.sees('填好了,存在手机里')
  await phone.tap('好了,返回')

  // A word to the office.
  await phone.tap('提意见或投诉')
  await phone.tap('提建议,对工作、对小程序,都可以')
  await phone.type('是什么事?', WORDS)
  await phone.tap('交到镇里')
  await phone.sees('还在手机里')

  await phone.reopen()
  await phone.sees('4 项等待上传')
  await phone.online()
  await phone.misses('等待上传')
  // The list is still the old one, but does not ask again for what has arrived.
  await phone.sees('镇里已收到')
  await phone.tap('我的')
  await phone.sees('没有等着上传的')

  const sign = await arrives(world, 'OFFICE', 'sign', { before: known })
  assert.deepEqual(photosOf(sign), signPhotos)
  const meeting = await arrives(world, 'OFFICE', 'meeting', { before: known })
  assert.deepEqual(photosOf(meeting), meetingPhotos)
  assert.equal(meeting.facts.minutes, MINUTES)
  const statement = await arrives(world, 'OFFICE', 'statement', { before: known })
  assert.equal(statement.facts.text, DONE)
  const all = await ok(world.api('OFFICE', 'GET', '/api/v1/records'))
  assert.equal(all.records.filter(({ id }) => !known.includes(id)).length, 3, 'nothing arrived twice')
  const { feedback } = await ok(world.api('CADRE', 'GET', '/api/v1/feedback/mine'))
  assert.deepEqual(
    feedback.map(({ text }) => text),
    [WORDS],
  )
  await phone.close()
})

/** What the forms need is fetched while there is a network: the texts of the village, the roster of the branch. */
function fetchedAhead(phone) {
  return until('the forms are provided for', () =>
    phone.page.evaluate(() => {
      const { keys } = wx.getStorageInfoSync()
      return [':texts:', ':prefill:'].every((part) => keys.some((key) => key.includes(part)))
    }),
  )
}

test('今日 shows by itself what is new when the network is back', async () => {
  const lines = await ok(world.api('CADRE', 'GET', '/api/v1/duties/today'))
  // One that stands there once: two branches of the village owe the same, by the same name.
  const isOpen = (one) => one.record_kind === 'statement' && one.status === 'open'
  const once = (one) => lines.filter(({ title }) => title === one.title).length === 1
  const { id, title, unit_id, first } = lines.find((one) => isOpen(one) && once(one))
  const phone = await world.openAs('李小禾')
  await phone.sees(`去填写:${title}`)
  await phone.offline()
  await phone.sees('现在没有网络')
  // The clerk has entered it meanwhile.
  const record = {
    id: randomUUID(),
    version_id: randomUUID(),
    unit_id,
    happened_on: first,
    duty_ids: [id],
    entry_channel: 'clerk',
  }
  await ok(world.api('CADRE', 'POST', '/api/v1/statements', { record, text: DONE }))
  await phone.online()
  await phone.misses(`去填写:${title}`)
  await phone.close()
})
