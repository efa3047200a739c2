// 支部书记 李卫国 records the study day: what the town knows is filled in, who was away is tapped, the minutes are typed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeJpeg } from '../lib/browser.mjs'
import { accept, arrives, duty, ids, ok, photosOf, photosOn, records } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const BRANCH = '石桥村第一党支部'
const MINUTES = '集体学习了上级文件,商定了排查标牌的分工。'

let world
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

test('a meeting with one more person absent takes 7 taps, and nothing is typed but the minutes', async () => {
  const due = await duty(world, 'LI', '固定学习日', BRANCH)
  const known = ids(await records(world, 'LI', 'meeting'))
  const picture = await makeJpeg(world.browser)
  const phone = await world.openAs('李卫国')

  await phone.tap('去记录:固定学习日')
  await phone.sees('应到 4 人,实到 3 人,缺席 1 人')
  await phone.tap('王秀英没来')
  await phone.tap(await reasonOf(phone, '王秀英', '请假'))
  await phone.sees('应到 4 人,实到 2 人,缺席 2 人')
  await phone.type('会议内容', MINUTES)
  await phone.tap('拍照:会场')
  await phone.photo('同意', picture)
  const taken = await photosOn(phone, 1)
  await phone.tap('提交会议记录')
  await phone.sees('交好了')
  assert.deepEqual(phone.count(), { taps: 7, typed: [...MINUTES].length })

  const meeting = await arrives(world, 'OFFICE', 'meeting', { before: known })
  assert.equal(meeting.writer, '李卫国')
  assert.deepEqual(photosOf(meeting), taken)
  const { types, place, host, topic, minutes, expected, present, absent } = meeting.facts
  assert.deepEqual(
    { types, place, host, topic, minutes, expected, present },
    {
      types: ['study_day'],
      place: '石桥村党群服务中心',
      host: '李卫国',
      topic: '固定学习日',
      minutes: MINUTES,
      expected: 4,
      present: 2,
    },
  )
  assert.deepEqual(
    absent.map(({ name, reason }) => `${name} ${reason}`),
    ['孙远 流动党员外出', '王秀英 请假'],
  )
  assert.deepEqual(
    meeting.duties.map(({ duty_id, verdict }) => [duty_id, verdict]),
    [[due.id, 'on_time']],
  )

  await accept(world, 'OFFICE', meeting)
  assert.equal((await ok(world.api('LI', 'GET', `/api/v1/duties/${due.id}`))).status, 'met')
  await phone.tap('好了,返回')
  await phone.sees('召开支委会')
  await phone.misses('固定学习日')
  await phone.close()
})

/** An answer of the question about one person. */
async function reasonOf(phone, name, reason) {
  await phone.sees(`${name}为什么没来?`)
  return phone.page.getByRole('radiogroup', { name: `${name}为什么没来?` }).getByLabel(reason, { exact: true })
}

test('in 大字 what the town knows of a meeting is confirmed on one screen, and may be changed there', async () => {
  const due = await duty(world, 'LI', '召开支委会', BRANCH)
  const known = ids(await records(world, 'LI', 'meeting'))
  const phone = await world.openAs('李卫国', { path: 'pages/me/index' })
  await phone.tap('大字')
  await phone.page.evaluate((id) => globalThis.wx.navigateTo({ url: `/pages/meeting/index?duty=${id}` }), due.id)
  await phone.sees('第 1 步,共 5 步')
  await phone.tap('下一步')
  await phone.sees('这几样对吗?')
  await phone.sees('石桥村党群服务中心')
  await phone.tap('更改:议题是什么?')
  await phone.type('议题是什么?', '商量冬季防火')
  await phone.tap('下一步')
  await phone.sees('谁没来?')
  await phone.tap('下一步')
  await phone.type('会议内容', MINUTES)
  await phone.tap('下一步')
  await phone.tap('拍照:会场')
  await phone.photo('同意', await makeJpeg(world.browser, { seed: 7 }))
  await photosOn(phone, 1)
  await phone.tap('提交会议记录')
  await phone.sees('交好了')
  const meeting = await arrives(world, 'OFFICE', 'meeting', { before: known })
  assert.deepEqual([meeting.facts.topic, meeting.facts.place], ['商量冬季防火', '石桥村党群服务中心'])
  await phone.close()
})
