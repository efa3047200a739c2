// What goes to and fro between a village and the office: words with a number and an answer, the wish that the office
// enters it, a survey declared and confirmed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accept, arrives, duty, message, ok, record, until } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const WORDS = '希望能看到去年的记录。'
const ANSWER = '年底会开放查询,谢谢您的建议。'

let world
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

const office = (method, path, body) => ok(world.api('OFFICE', method, `/api/v1${path}`, body))
const inTown = () => ok(world.api('CADRE', 'GET', '/api/v1/feedback/mine')).then(({ feedback }) => feedback)

test('李小禾 suggests something, is given a number, and the answer comes back to her phone', async () => {
  const phone = await world.openAs('李小禾')
  await phone.tap('提意见或投诉')
  await phone.tap('交到镇里')
  await phone.sees('请先选一项')
  await phone.tap('提建议,对工作、对小程序,都可以')
  await phone.type('是什么事?', WORDS)
  await phone.tap('交到镇里')
  const [{ id, number }] = await until('the town has it', async () => (await inTown()).length > 0 && inTown())
  await phone.sees(`建议 ${number} 号`)

  await office('POST', `/feedback/${id}/answer`, { id: crypto.randomUUID(), text: ANSWER })
  const { page } = await message(world, 'CADRE', `more/feedback/index?id=${id}`)
  await phone.reopen(page)
  await phone.sees(ANSWER)
  await phone.close()
})

test('李小禾 would rather not photograph papers: one tap, and the office is asked to enter the meeting', async () => {
  const due = await duty(world, 'CADRE', '召开支委会')
  const phone = await world.openAs('李小禾')
  await phone.tap('去记录:召开支委会')
  await phone.sees('涉密和内部文件不得拍摄上传。')
  await phone.tap('改由镇里录入')
  await phone.tap('请镇里录')
  await phone.sees('已请镇里录入')
  assert.deepEqual(phone.count(), { taps: 3, typed: 0 })
  const wish = await until('the wish', async () => (await inTown()).find(({ kind }) => kind === 'clerk_request'))
  assert.equal(wish.duty_title, due.title)
  await phone.close()
})

test('李小禾 declares the survey of the rooms complete; 陈静 looks and confirms; the duty is met', async () => {
  const due = await duty(world, 'CADRE', '排查清理室内标牌')
  const phone = await world.openAs('李小禾')
  await phone.tap('去申报:排查清理室内标牌')
  await phone.tap('申报排查完成')
  await phone.sees('交好了')
  assert.deepEqual(phone.count(), { taps: 2, typed: 0 })
  await phone.close()
  const survey = await arrives(world, 'OFFICE', 'sign_survey')
  assert.deepEqual([survey.facts.place, survey.duties[0].duty_id], ['inside', due.id])

  const clerk = await world.openAs('陈静', { path: 'pages/review/index' })
  await clerk.sees('要逐处核对')
  await clerk.tap(/^标识牌排查申报 · 石桥村/)
  await clerk.tap('核对无误,确认')
  await clerk.sees('已确认,这项排查算办结了。')
  await clerk.close()
  assert.equal((await office('GET', `/duties/${due.id}`)).status, 'met')
})

test('李小禾 writes down what was done; the office accepts it', async () => {
  const due = await duty(world, 'CADRE', '规范三务公开内容')
  const phone = await world.openAs('李小禾')
  await phone.tap('去填写:规范三务公开内容')
  await phone.tap('提交')
  await phone.sees('请写')
  await phone.type('做了什么,结果怎样?', '公开栏换了新内容。')
  await phone.tap('提交')
  await phone.sees('交好了')
  await phone.close()
  const statement = await arrives(world, 'OFFICE', 'statement')
  assert.deepEqual([statement.facts.text, statement.duties[0].verdict], ['公开栏换了新内容。', 'on_time'])
  await accept(world, 'OFFICE', await record(world, 'OFFICE', statement.id))
  assert.equal((await office('GET', `/duties/${due.id}`)).status, 'met')
})
