// Two phones of one village at once: the second one is told that the first was faster, sees what stands there now, and
// hands its own in upon that.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeJpeg } from '../lib/browser.mjs'
import { giveBack, ok, photosOf, photosOn, record, records, until } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

let world
let cadre
let secretary
let pictures
before(async () => {
  world = await startWorld()
  pictures = await Promise.all([1, 2].map((seed) => makeJpeg(world.browser, { seed, width: 400, height: 300 })))
  const open = (who) => world.openAs(who, { levers: { privacy: false } })
  ;[cadre, secretary] = await Promise.all([open('李小禾'), open('李卫国')])
})
after(() => world?.close())

const versions = (id) => ok(world.api('OFFICE', 'GET', `/api/v1/records/${id}/versions`))

test('李小禾 and 李卫国 clear the same sign; what 李小禾 brings later is put upon what stands', async () => {
  const [{ id }] = await records(world, 'OFFICE', 'sign')
  for (const phone of [cadre, secretary]) {
    await phone.tap('标识牌')
    await phone.tap(/^某某服务站,/)
    await phone.sees('写错了,更改')
  }
  await cadre.offline()
  await cadre.photo('拍照:清理后', pictures[0])
  const hers = (await photosOn(cadre, 1)).after
  await cadre.tap('提交')
  await cadre.sees('填好了,存在手机里')

  await secretary.photo('拍照:清理后', pictures[1])
  const his = (await photosOn(secretary, 1)).after
  await secretary.tap('已更换,要拍更换后的照片')
  await secretary.tap('提交')
  await secretary.sees('交好了')
  assert.equal(photosOf(await record(world, 'OFFICE', id)).after, his)

  await cadre.online()
  await cadre.sees('别人刚修改过这条记录')
  assert.equal(photosOf(await record(world, 'OFFICE', id)).after, his, 'hers does not take the place of his')
  await cadre.tap('看待上传')
  cadre.count()
  await cadre.tap('对照最新内容再改一次')
  await cadre.sees('别人先改过了,镇里现在是这样:')
  await cadre.sees('怎么处理')
  const { standing, form } = await until('his photo beside hers', async () => {
    const data = await cadre.data()
    return data.standing.photos.length === 2 && data
  })
  assert.ok(standing.facts.some(({ value }) => value === '已更换'))
  assert.equal(form.action, 'removed', 'what she filled in is still there')
  await cadre.tap('提交')
  await cadre.sees('交好了')
  assert.deepEqual(cadre.count(), { taps: 2, typed: 0 })

  const now = await record(world, 'OFFICE', id)
  assert.deepEqual([now.facts.action, photosOf(now).after], ['removed', hers])
  assert.deepEqual((await versions(id)).map(({ no, writer }) => `${no ?? 'beside'} ${writer}`).sort(), [
    '1 李小禾',
    '2 李卫国',
    '3 李小禾',
    'beside 李小禾',
  ])
})

test('a form that was only looked at follows what the other phone has done meanwhile', async () => {
  const [sign] = await records(world, 'OFFICE', 'sign')
  await giveBack(world, 'OFFICE', await record(world, 'OFFICE', sign.id), '请核对怎么处理的')
  const page = `pages/sign/index?record=${sign.id}`
  await cadre.reopen(page)
  await cadre.sees('退回原因:请核对怎么处理的')
  assert.equal((await cadre.data()).form.action, 'removed')

  await secretary.reopen(page)
  await secretary.sees('退回原因:请核对怎么处理的')
  await secretary.tap('已更换,要拍更换后的照片')
  await secretary.tap('提交')
  await secretary.sees('交好了')
  await giveBack(world, 'OFFICE', await record(world, 'OFFICE', sign.id), '请再核对一次')

  await cadre.reopen(page)
  await cadre.sees('退回原因:请再核对一次')
  await until('what 李卫国 has written', async () => (await cadre.data()).form.action === 'replaced')
  await cadre.tap('已拆除,要拍清理后的照片')
  await cadre.tap('提交')
  await cadre.sees('交好了')
  const now = await record(world, 'OFFICE', sign.id)
  assert.deepEqual([now.state, now.facts.action, now.version_no], ['submitted', 'removed', 5])
})
