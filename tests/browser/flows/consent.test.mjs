// 微信提醒: asked for only from a tap, a no is respected, and what WeChat refuses is told in words on 提醒.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { arrives, giveBack, ok, until } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const MONTH_AND_A_DAY = 31 * 86_400_000

let world
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

test('nobody is asked but from a tap; a no is respected for 30 days, and the own wish always works', async () => {
  const phone = await world.openAs('李小禾')
  await handIn(phone, '明确各功能室用途')
  await phone.sees('到期前提醒我')
  assert.equal(await asked(phone), false, 'handing in asks nothing by itself')
  await phone.tap('到期前提醒我')
  await phone.tap('拒绝')
  await phone.sees('好的,不提醒。')
  await phone.tap('好了,返回')

  await handIn(phone, '设好便民服务大厅')
  assert.doesNotMatch(await phone.text(), /到期前提醒我/, 'no is no')
  await phone.tap('好了,返回')
  await phone.tap('提醒')
  const { left } = await ok(world.api('CADRE', 'GET', '/api/v1/grants'))
  await phone.sees(`还可收到${left}次微信提醒`)
  await phone.tap('允许再提醒一次')
  await phone.tap('拒绝')
  await phone.sees('好的,不发。')

  await refusedLongAgo(phone)
  await phone.reopen()
  await handIn(phone, '用一张表记议事全程')
  await phone.tap('到期前提醒我')
  await phone.tap('允许')
  await phone.sees('好的,到期前会在微信里提醒您。')
  await until('the town knows', async () => (await ok(world.api('CADRE', 'GET', '/api/v1/grants'))).left === left + 1)
  await phone.close()
})

test('WeChat refuses a message (43101): 提醒 says that none is left, and one tap brings one back', async () => {
  const { openid } = world.person('CADRE')
  await world.wechat('fault', { endpoint: 'send', openid, fault: { kind: 'errcode', errcode: 43101 } })
  const statement = await arrives(world, 'OFFICE', 'statement')
  await giveBack(world, 'OFFICE', statement, '请写清楚挂了哪几块牌')
  await until('WeChat has refused', async () => (await ok(world.api('CADRE', 'GET', '/api/v1/grants'))).left === 0)
  assert.deepEqual(await world.inbox('CADRE'), [])

  const phone = await world.openAs('李小禾')
  await phone.tap('提醒')
  await phone.sees('微信提醒次数已用完,点一次“允许”可再收到一次提醒')
  await phone.tap('允许再提醒一次')
  await phone.tap('允许')
  await phone.sees('还可收到1次微信提醒')
  // The reminder itself was never lost: it stands here, and leads there.
  await phone.tap(/退回/)
  await phone.sees('请写清楚挂了哪几块牌')
  await phone.close()
})

async function handIn(phone, title) {
  await phone.tap(`去填写:${title}`)
  await phone.type('做了什么,结果怎样?', '都办好了。')
  await phone.tap('提交')
  await phone.sees('交好了')
}

const asked = (phone) => phone.page.getByRole('dialog', { name: '订阅消息' }).isVisible()

/** As if the no had been said a month ago. */
const refusedLongAgo = (phone) =>
  phone.page.evaluate((ago) => {
    const key = wx.getStorageInfoSync().keys.find((name) => name.startsWith('subscribe:'))
    const known = wx.getStorageSync(key)
    wx.setStorageSync(key, { ...known, refusedAt: known.refusedAt - ago })
  }, MONTH_AND_A_DAY)
