// 流动党员 孙远, far away, tells his branch how things are: three answers; the branch writes back, and he hears of it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accept, arrives, duty, message, ok } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const ANSWERS = {
  place: '浙江省杭州市',
  life: '在工地上做木工,一切都好。',
  study: '看了支部发的学习材料。',
}
const REPLY = '收到,家里老人都好,有事打电话。'

let world
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

test('a report is three answers and 2 more taps', async () => {
  const due = await duty(world, 'AWAY', '向支部汇报半年情况')
  const phone = await world.openAs('孙远')
  await phone.tap('写汇报:向支部汇报半年情况')
  await phone.sees('石桥村第一党支部')
  await phone.type('现在在哪里?', ANSWERS.place)
  await phone.type('近来工作和生活怎么样?', ANSWERS.life)
  await phone.type('参加了哪些学习和活动?', ANSWERS.study)
  await phone.tap('交给支部')
  await phone.sees('交好了')
  const typed = Object.values(ANSWERS).reduce((sum, words) => sum + [...words].length, 0)
  assert.deepEqual(phone.count(), { taps: 5, typed })

  const report = await arrives(world, 'LI', 'report')
  const { place, life, study } = report.facts
  assert.deepEqual({ place, life, study }, ANSWERS)
  assert.deepEqual(
    report.duties.map(({ duty_id, verdict }) => [duty_id, verdict]),
    [[due.id, 'on_time']],
  )
  await phone.close()
})

test('his contact 王秀英 answers from his report, and the reminder shows him the answer', async () => {
  const contact = await world.openAs('王秀英')
  await contact.tap('去联系:联系流动党员')
  await contact.sees(ANSWERS.life)
  await contact.type('回一句话', REPLY)
  await contact.tap('回复')
  await contact.sees('交好了')
  await contact.close()
  const said = await arrives(world, 'WANG', 'contact')
  assert.equal(said.facts.said, REPLY)

  const report = await arrives(world, 'LI', 'report')
  const { page } = await message(world, 'AWAY', `pages/record/index?id=${said.id}`)
  const phone = await world.openAs('孙远', { path: page })
  await phone.sees(REPLY)
  await phone.close()

  await accept(world, 'LI', report)
  const due = report.duties[0].duty_id
  assert.equal((await ok(world.api('AWAY', 'GET', `/api/v1/duties/${due}`))).status, 'met')
})
