import assert from 'node:assert/strict'
import test from 'node:test'
import { begin, launch } from './phone/index.mjs'

const asking = async (answer, subscriptions) => {
  const asked = []
  const options = {
    subscriptions,
    answerSubscribe: (ids) => {
      asked.push(ids)
      return typeof answer === 'string' ? { [ids[0]]: answer } : answer
    },
  }
  const phone = await begin({ options })
  await phone.app.subscribe.prepare()
  return { ...phone, asked }
}

test('a yes is told to the town with the tap’s own id', async () => {
  const { app, town } = await asking('accept')
  assert.equal(app.subscribe.mayAsk(), true)
  assert.equal(await app.subscribe.ask(), 'accepted')
  await app.subscribe.tell()
  assert.equal(town.grants.length, 1)
  assert.deepEqual(town.grants[0].results, [{ template_id: 'T1', answer: 'accept' }])
  assert.match(town.grants[0].tap_id, /^[0-9a-f-]{36}$/)
})

test('a yes without network is told later, also after a kill, once', async () => {
  const { app, town, device } = await asking('accept')
  town.instead = () => null
  assert.equal(await app.subscribe.ask(), 'accepted')
  await app.subscribe.tell()
  device.kill()
  town.instead = () => undefined
  const again = await launch(device, town.options)
  await Promise.all([again.subscribe.tell(), again.subscribe.tell()])
  await again.subscribe.tell()
  assert.equal(town.grants.length, 1)
})

test('a no is respected for thirty days, also by a clock set back; asking oneself always works', async () => {
  const { app, asked, device } = await asking('reject')
  assert.equal(await app.subscribe.ask(), 'refused')
  assert.equal(app.subscribe.mayAsk(), false)
  device.skew = -5 * 86_400_000
  assert.equal(app.subscribe.mayAsk(), false)
  device.skew = 29 * 86_400_000
  assert.equal(app.subscribe.mayAsk(), false)
  device.skew = 31 * 86_400_000
  assert.equal(app.subscribe.mayAsk(), true)
  await app.subscribe.ask()
  assert.equal(asked.length, 2)
})

test('“always keep” and the main switch are seen and explained', async () => {
  const always = await asking('accept', { mainSwitch: true, itemSettings: { T1: 'accept' } })
  assert.equal(always.app.subscribe.mayAsk(), true)
  assert.match(always.app.subscribe.why(), /总是允许/)
  const never = await asking('reject', { mainSwitch: true, itemSettings: { T1: 'reject' } })
  assert.equal(never.app.subscribe.mayAsk(), false)
  assert.match(never.app.subscribe.why(), /通知管理/)
  const off = await asking({ errCode: 20004 }, { mainSwitch: false })
  assert.equal(off.app.subscribe.mayAsk(), false)
  assert.equal(await off.app.subscribe.ask(), 'off')
  assert.equal(off.town.grants.length, 0)
})
