// 办公台 in a real browser: logged in by the phone beside it, the work of a morning done, every page looked over at the
// office's screen and at a phone's.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SIZES, deskOf, flaws, openDesk } from '../lib/desk.mjs'
import { ok, record, states } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const REASON = '请写明是哪几间功能室。'

let world
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

test('陈静 logs her computer in with the phone, and out again', async () => {
  const desk = await openDesk(world)
  const code = await desk.code()
  const phone = await world.openAs('陈静')
  await phone.tap('我的')
  await phone.tap('电脑登录,在办公室的电脑上审核、看台账')
  await phone.type('配对码', '1234')
  await phone.tap('登录这台电脑')
  await phone.sees('请填电脑屏幕上的 8 位数字')
  await phone.type('配对码', '00000000')
  await phone.tap('登录这台电脑')
  await phone.sees('配对码不对或已过期')
  await phone.type('配对码', code)
  await phone.tap('登录这台电脑')
  await phone.sees('电脑上的页面会自己打开')
  await phone.tap('好了,返回')
  await desk.page.getByText('今天要办的').waitFor()
  await desk.page.getByRole('button', { name: '退出' }).click()
  await desk.page.getByRole('button', { name: '显示配对码' }).waitFor()
  await desk.open('/console/review')
  await desk.page.getByRole('button', { name: '显示配对码' }).waitFor()
  await phone.close()
  await desk.close()
})

test('one is returned with a reason, the others pass in one press', async () => {
  const [first, ...rest] = await states(world, 3)
  const desk = await deskOf(world, 'OFFICE')
  const { page } = desk
  await page.getByRole('link', { name: '等我审核' }).click()
  await desk.open(`/console/records/${first}`)
  await page.getByLabel('要补正什么?写的人会看到这句话。').fill(REASON)
  await page.getByRole('button', { name: '退回' }).click()
  await page.getByText('已退回,已通知写的人').waitFor()
  assert.equal((await record(world, 'CADRE', first)).reviews[0].reason, REASON)
  await page.getByRole('link', { name: '回到审核' }).click()
  for (const box of await page.getByRole('checkbox').all()) await box.check()
  await page.getByRole('button', { name: '通过勾选的' }).click()
  await page.getByText(`通过了 ${rest.length} 条。`).waitFor()
  for (const id of rest) assert.equal((await record(world, 'CADRE', id)).state, 'accepted')
  await desk.close()
})

test('every page fits the office’s screen and a phone’s, in letters that can be read', async () => {
  const [waiting] = await states(world, 1)
  const { records } = await ok(world.api('OFFICE', 'GET', '/api/v1/records'))
  const [{ id: duty }] = await ok(world.api('CADRE', 'GET', '/api/v1/duties/today'))
  const meeting = records.find(({ kind }) => kind === 'meeting').id
  const paths = [
    '',
    'review',
    'review?all=1',
    `records/${waiting}`,
    `records/${meeting}`,
    'duties',
    'duties?unreached=1',
  ]
  paths.push('duties?overdue=1', 'calls', 'feedback', 'feedback?answered=1', 'roster', `duties/${duty}`)
  for (const size of SIZES) {
    const desk = await openDesk(world, size)
    const seen = { login: await flaws(desk.page) }
    const code = await desk.code()
    seen.pair = await flaws(desk.page)
    await ok(world.api('OFFICE', 'POST', '/api/v1/me/desk', { code }))
    await desk.page.waitForURL('**/console/')
    for (const path of paths) {
      await desk.open(`/console/${path}`)
      seen[path] = await flaws(desk.page)
    }
    for (const [path, found] of Object.entries(seen)) assert.deepEqual(found, [], `${path} at ${size.width} px`)
    await desk.close()
  }
})

test('孙远, a member far away, finds nothing of the village at a desk', async () => {
  const [foreign] = (await ok(world.api('CADRE', 'GET', '/api/v1/records?mine=true'))).records
  const desk = await deskOf(world, 'AWAY')
  // The browser notes the 404 as an error of its own: asked for without it.
  const answer = await desk.page.request.get(`${world.base}/console/records/${foreign.id}`)
  assert.equal(answer.status(), 404)
  assert.match(await answer.text(), /没有找到/)
  await desk.close()
})
