// Reviewers on the move: 定村干部 吴磊, 片长 郑强 and 陈静 of the office accept and return on 待审; what was handed in twice
// is merged, and every version can be read.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeJpeg } from '../lib/browser.mjs'
import { duty, handsIn, message, record, unit } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const BRANCH = '石桥村第一党支部'
const REASON = '请写清保留或无法清理的原因'

let world
let village
let pictures
before(async () => {
  world = await startWorld()
  village = await unit(world, 'CADRE', '石桥村')
  const seeds = [1, 2, 3, 4, 5]
  pictures = await Promise.all(seeds.map((seed) => makeJpeg(world.browser, { seed, width: 400, height: 300 })))
})
after(() => world?.close())

const stateOf = async ({ record_id: id }) => (await record(world, 'OFFICE', id)).state

test('吴磊 accepts one sign and returns another, nothing typed; 郑强 accepts the third', async () => {
  const kept = (at) => ({ place: 'inside', text: `标牌${at}`, finding: 'unsure', action: 'kept', reason: '名称待定' })
  const signs = []
  for (const at of [0, 1, 2]) {
    const content = { unit: village, facts: kept(at), photos: { before: pictures[at] } }
    signs.push(await handsIn(world, 'CADRE', 'signs', content))
  }

  const contact = await world.openAs('吴磊')
  await contact.tap('待审,有记录等您审核,3 项')
  await contact.tap(/^标识牌清理 · 石桥村/)
  await contact.tap('通过')
  await contact.sees('已通过。')
  await contact.tap('看下一条')
  await contact.tap('退回')
  await contact.tap(REASON)
  await contact.tap('退回给填写人')
  await contact.sees('已退回,填写人会收到提醒。')
  assert.deepEqual(contact.count(), { taps: 7, typed: 0 })
  await contact.close()

  const states = await Promise.all(signs.map(stateOf))
  assert.deepEqual([...states].sort(), ['accepted', 'returned', 'submitted'])
  const returned = signs[states.indexOf('returned')].record_id
  const { reviews } = await record(world, 'OFFICE', returned)
  assert.deepEqual([reviews.at(-1).reviewer, reviews.at(-1).reason], ['吴磊', REASON])
  await message(world, 'CADRE', `pages/record/index?id=${returned}`)

  const head = await world.openAs('郑强')
  await head.tap('待审,有记录等您审核,1 项')
  await head.tap(/^标识牌清理 · 石桥村/)
  await head.tap('通过')
  await head.sees('已通过。')
  await head.tap('返回')
  await head.sees('没有要您审核的')
  await head.close()
  assert.equal(await stateOf(signs[states.indexOf('submitted')]), 'accepted')
})

test('陈静 accepts what has no question in one go', async () => {
  const statements = []
  for (const title of ['明确各功能室用途', '设好便民服务大厅']) {
    const due = await duty(world, 'CADRE', title)
    const content = { unit: village, facts: { text: '都办好了。' }, duties: [due.id] }
    statements.push(await handsIn(world, 'CADRE', 'statements', content))
  }
  const office = await world.openAs('陈静')
  await office.tap('待审,有记录等您审核,2 项')
  await office.tap('没有疑问的 2 条一次通过')
  await office.tap('通过')
  await office.sees('已通过 2 条。')
  assert.deepEqual(office.count(), { taps: 3, typed: 0 })
  await office.close()
  assert.deepEqual(await Promise.all(statements.map(stateOf)), ['accepted', 'accepted'])
})

test('a meeting recorded by two people is merged on the phone, and every version can be read', async () => {
  const due = await duty(world, 'LI', '召开支委会', BRANCH)
  const facts = (topic) => ({
    types: ['committee'],
    place: '村委会',
    host: '李卫国',
    recorder: '王秀英',
    topic,
    minutes: '商量了下个月的安排。',
    expected: 1,
    present: 1,
    absent: [],
  })
  const meeting = (topic, more) => ({ unit: due.unit_id, facts: facts(topic), duties: [due.id], ...more })
  const first = await handsIn(world, 'LI', 'meetings', meeting('下月安排', { photos: { meeting: pictures[3] } }))
  const base = await record(world, 'LI', first.record_id)
  await handsIn(world, 'LI', 'meetings', meeting('下月工作安排', { base }))
  const extra = await handsIn(world, 'CADRE', 'meetings', meeting('支委会', { photos: { sheet: pictures[4] } }))

  const phone = await world.openAs('李卫国', { path: `pages/record/index?id=${extra.record_id}` })
  await phone.sees('这一份是多交的')
  await phone.tap('合并到那一份')
  await phone.tap('合并')
  await phone.sees('已合并。')
  await phone.tap('看那一份')
  await phone.sees('下月工作安排')
  await phone.tap('看改过的各版(共 2 版)')
  await phone.sees('第 1 版 · 李卫国')
  await phone.sees('第 2 版 · 李卫国')
  await phone.close()
  const merged = await record(world, 'OFFICE', extra.record_id)
  assert.deepEqual([merged.state, merged.merged_into.record_id], ['merged', first.record_id])
  assert.equal((await record(world, 'OFFICE', first.record_id)).duties.length, 1)
})
