// 村干部 李小禾 clears a sign: two photos, no typing; the office returns it, WeChat says so, and one tap leads there.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeJpeg } from '../lib/browser.mjs'
import { accept, arrives, giveBack, loginExpires, message, photosOf, photosOn, record, until } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const REASON = '清理后的照片看不清墙面,请重拍一张'

let world
let pictures
before(async () => {
  world = await startWorld()
  pictures = await Promise.all([1, 2, 3].map((seed) => makeJpeg(world.browser, { seed })))
})
after(() => world?.close())

let phone
let sign
test('李小禾 signs in on a new phone and hands in a clean-up with at most 9 taps and nothing typed', async () => {
  phone = await world.openAs('李小禾')
  await phone.tap('登记一块标识牌')
  await phone.tap('拍照:清理前')
  // WeChat's own question about privacy; then the camera opens.
  await phone.photo('同意', pictures[0])
  await phone.tap('某某服务站,清单以外')
  await phone.photo('拍照:清理后', pictures[1])
  const taken = await photosOn(phone, 2)
  await phone.tap('提交')
  await phone.sees('交好了')
  await phone.sees('照片 2 张,镇里已收到 2 张')
  assert.deepEqual(phone.count(), { taps: 6, typed: 0 })

  sign = await arrives(world, 'CADRE', 'sign')
  assert.deepEqual(photosOf(sign), taken)
  assert.deepEqual([sign.facts.text, sign.facts.finding, sign.facts.action], ['某某服务站', 'off_list', 'removed'])
})

test('the office returns it, and the reminder opens that very case, though the login has expired', async () => {
  await giveBack(world, 'OFFICE', sign, REASON)
  const { page } = await message(world, 'CADRE', `pages/record/index?id=${sign.id}`)
  await loginExpires(phone)
  phone.count()

  await phone.reopen(page)
  await phone.sees(REASON)
  await phone.tap('去补正')
  await phone.sees(`退回原因:${REASON}`)
  await phone.photo('重拍:清理后', pictures[2])
  const taken = await until('the new photo', async () => (await photosOn(phone, 1)).after)
  await phone.tap('提交')
  await phone.sees('交好了')
  assert.deepEqual(phone.count(), { taps: 3, typed: 0 })

  const again = await arrives(world, 'CADRE', 'sign')
  assert.equal(again.id, sign.id)
  assert.deepEqual(photosOf(again), { before: photosOf(sign).before, after: taken })
  await accept(world, 'OFFICE', again)
  assert.equal((await record(world, 'CADRE', sign.id)).state, 'accepted')
  await phone.tap('好了,返回')
  await phone.sees('已通过')
  await phone.close()
})
