// A line that breaks at every stage of what a phone sends: the words once, a photo once. The record arrives once, with
// exactly its photos, and nobody has to do anything.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeJpeg } from '../lib/browser.mjs'
import { ids, photosOf, photosOn, record, records } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const STAGES = [
  'before-request',
  'in-headers',
  'in-body',
  'after-body',
  'after-deed',
  'in-response',
  'late-ghost',
  'twice',
]

let world
let phone
before(async () => {
  world = await startWorld({ faults: true })
  phone = await world.openAs('李小禾', { levers: { privacy: false } })
})
after(() => world?.close())

for (const [at, stage] of STAGES.entries()) {
  test(`${stage}: the sign and its two photos arrive once`, async () => {
    const shot = (seed) => makeJpeg(world.browser, { seed: 10 * at + seed, width: 400, height: 300 })
    const known = ids(await records(world, 'OFFICE', 'sign'))
    await phone.tap('登记一块标识牌')
    await phone.photo('拍照:清理前', await shot(1))
    await phone.tap('某某服务站,清单以外')
    await phone.photo('拍照:清理后', await shot(2))
    const taken = await photosOn(phone, 2)

    const from = world.faults.log.length
    world.faults.add({ name: stage, method: 'POST', path: /^\/api\/v1\/signs$/ })
    world.faults.add({ name: stage, method: 'POST', path: /^\/api\/v1\/photos$/ })
    await phone.tap('提交')
    await phone.sees('交好了', { timeout: 60_000 })
    const hit = world.faults.log.slice(from).filter(({ fault }) => fault === stage)
    assert.deepEqual(hit.map(({ path }) => path).sort(), ['/api/v1/photos', '/api/v1/signs'])

    const fresh = (await records(world, 'OFFICE', 'sign')).filter(({ id }) => !known.includes(id))
    assert.equal(fresh.length, 1, 'one sign was handed in')
    const sign = await record(world, 'OFFICE', fresh[0].id)
    assert.equal(sign.state, 'submitted')
    assert.equal(sign.photos.length, 2)
    assert.deepEqual(photosOf(sign), taken)
    for (const { links } of sign.photos) assert.equal((await fetch(world.base + links.display)).status, 200)
    await phone.tap('好了,返回')
  })
}

test('also what came late came once, and nothing is left on the phone', async () => {
  const signs = (await records(world, 'OFFICE', 'sign')).filter(({ state }) => state === 'submitted')
  assert.equal(signs.length, STAGES.length)
  for (const { id } of signs) assert.equal((await record(world, 'OFFICE', id)).versions, 1)

  await phone.tap('我的')
  await phone.sees('没有等着上传的')
  const files = await phone.page.evaluate(
    () =>
      new Promise((resolve, reject) =>
        wx.getFileSystemManager().readdir({
          dirPath: `${wx.env.USER_DATA_PATH}/outbox`,
          success: ({ files }) => resolve(files),
          fail: reject,
        }),
      ),
  )
  assert.deepEqual(files, [])
  await phone.close()
})
