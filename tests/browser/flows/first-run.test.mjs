// The first time: 何平 has a code from the office. And a day on which the town's system does not answer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startWorld } from '../lib/world.mjs'

let world
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

test('何平 does not agree at first, then does, enters the code of the office, and is on 今日', async () => {
  const { code, name } = await world.bindCode()
  assert.equal(name, '何平')
  const phone = await world.openAs('openid-heping')
  await phone.sees('使用之前,请看这几句话')
  await phone.tap('不同意')
  await phone.sees('您选择了不同意')
  await phone.tap('回去再看看')
  await phone.tap('同意并继续')
  await phone.sees('请输入绑定码')
  await phone.tap('确认绑定')
  await phone.sees('现在是 0 个')

  await phone.type('绑定码', 'K7M2Q 9XD4H')
  await phone.tap('确认绑定')
  await phone.sees('绑定码不对、已用过或已过期')
  // As it is read out over the phone: in two halves, in small letters.
  await phone.type('绑定码', `${code.slice(0, 5)} ${code.slice(5)}`.toLowerCase())
  await phone.tap('确认绑定')
  await phone.sees('排查清理外立面标牌')
  assert.equal(await phone.route(), 'pages/today/index')
  await phone.sees('何平')

  await phone.reopen()
  await phone.sees('排查清理外立面标牌')
  await phone.close()
})

test('何平 opens a reminder on a phone that is not bound yet, and comes to it over the binding', async () => {
  const [line] = (await world.api('CADRE', 'GET', '/api/v1/duties/today')).body
  const { code } = await world.bindCode()
  const phone = await world.openAs('openid-heping-2', {
    path: `pages/duty/index?id=${line.id}`,
    levers: { privacy: false },
  })
  await phone.sees('请输入绑定码')
  await phone.type('绑定码', code)
  await phone.tap('确认绑定')
  await phone.misses('请输入绑定码')
  assert.equal(await phone.route(), 'pages/duty/index')
  // It is another village's, and the town says no more of it than that.
  await phone.sees('没有找到')
  await phone.close()
})

test('the town does not answer: 今日 is there with its time, and says so', async () => {
  const phone = await world.openAs('李小禾')
  await phone.sees('排查清理外立面标牌')
  const { upstream } = world.host
  world.host.upstream = 'http://127.0.0.1:9'
  await phone.reopen()
  await phone.sees('排查清理外立面标牌')
  await phone.sees('镇里的系统暂时连不上')
  await phone.sees(/\d\d:\d\d 的内容/)
  world.host.upstream = upstream
  await phone.background()
  await phone.foreground()
  await phone.misses('镇里的系统暂时连不上')
  await phone.close()
})

test('李卫国 has lost a phone, and logs it out from the other one', async () => {
  const devices = async () => (await world.api('LI', 'GET', '/api/v1/me/devices')).body.map(({ session }) => session)
  const before = await devices()
  const lost = await world.openAs('李卫国', { device: 'lost', levers: { privacy: false } })
  await lost.sees('固定学习日')
  const [session] = (await devices()).filter((one) => !before.includes(one))
  await lost.kill()
  const phone = await world.openAs('李卫国', { device: 'kept' })
  await phone.tap('我的')
  await phone.tap('登录设备,手机丢了,在这里退出')
  await phone.sees('就是这一部')
  // The test's own login is one of the others.
  await phone.tap('让web web host退出')
  await phone.sees('那部手机会马上退出')
  await phone.tap('退出')
  await phone.misses('让web web host退出')
  assert.deepEqual((await devices()).includes(session), false)
  assert.equal((await devices()).length, before.length + 1)
  await phone.close()
  // Whoever finds it sees nothing of his, and it does not log in by itself.
  await lost.start()
  await lost.sees('您已退出登录')
  await lost.misses('固定学习日')
  await lost.close()
})
