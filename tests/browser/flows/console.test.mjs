// 办公台 in a real browser: logged in by the phone beside it, the work of a morning done, every page looked over at the
// office's screen and at a phone's.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { SIZES, deskByCode, deskOf, flaws, openDesk } from '../lib/desk.mjs'
import { ok, record, states } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const REASON = '请写明是哪几间功能室。'
/** A meeting as it is told on the telephone. */
const TOLD = [
  ['地点', '村部会议室'],
  ['主持人', '李卫国'],
  ['记录人', '王秀英'],
  ['议题', '学习和讨论'],
  ['会议内容', '学习上级文件,讨论本月工作。'],
]

/** 石桥村 and its first branch. */
async function places(world) {
  const units = await ok(world.api('OFFICE', 'GET', '/api/v1/units'))
  const of = (kind) => units.find((unit) => unit.kind === kind && unit.name.startsWith('石桥'))
  return { branch: of('branch'), village: of('village') }
}

/** A meeting the branch owes now. */
async function meetingOf(world, branch) {
  const { duties } = await ok(world.api('OFFICE', 'GET', `/api/v1/duties?unit=${branch.id}`))
  return duties.find(({ record_kind: kind, status }) => kind === 'meeting' && status === 'open')
}

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

test('陈静 enters a meeting told on the telephone; what is refused loses no word and no photo', async () => {
  const { branch } = await places(world)
  const desk = await deskByCode(world, 'OFFICE')
  const { page } = desk
  await desk.open(`/console/duties/${(await meetingOf(world, branch)).id}`)
  await page.getByRole('link', { name: '代为录入' }).click()
  await page.getByLabel('替谁录入').selectOption({ label: '李卫国(党支部书记)' })
  await page.getByLabel('怎么收到的(代录时选)').selectOption('call')
  for (const [label, words] of TOLD) await page.getByLabel(label, { exact: true }).fill(words)
  const photo = { name: '现场.jpg', mimeType: 'image/jpeg', buffer: await page.screenshot({ type: 'jpeg' }) }
  await page.getByLabel('会议现场').setInputFiles(photo)
  await page.getByLabel('签到表').setInputFiles({ name: '签到.txt', mimeType: 'text/plain', buffer: Buffer.from('-') })
  await page.getByRole('button', { name: '保存' }).click()
  assert.match(await page.getByRole('alert').textContent(), /照片“签到.txt”没有收下/)
  for (const [label, words] of TOLD) assert.equal(await page.getByLabel(label, { exact: true }).inputValue(), words)
  assert.equal(await page.getByRole('img', { name: '会议现场' }).count(), 1)
  assert.deepEqual(await flaws(page), [])
  await page.getByRole('button', { name: '保存' }).dblclick()
  await page.getByText('已保存。').waitFor()
  await page.getByText('代李卫国录').waitFor()
  const stored = await record(world, 'OFFICE', page.url().split('/records/')[1].split('?')[0])
  assert.deepEqual([stored.entry_channel, stored.photos.length, stored.duties.length], ['call', 1, 1])
  await page.reload()
  await page.getByText('已保存。').waitFor()
  await desk.close()
})

test('王秀英 takes a post over, and a code opens a desk without a phone', async () => {
  const desk = await deskByCode(world, 'OFFICE')
  const { page } = desk
  await desk.open('/console/people?name=李卫国')
  await page.getByRole('link', { name: '李卫国' }).click()
  await page.getByRole('link', { name: '交接' }).first().click()
  await page.getByLabel('接任的人姓名(写一部分也可以)').fill('王秀')
  await page.getByRole('button', { name: '查找' }).click()
  assert.deepEqual(await flaws(page), [])
  await page.getByRole('button', { name: '交接' }).click()
  await page.getByText('交接好了').waitFor()
  const { people } = await ok(world.api('OFFICE', 'GET', '/api/v1/people?name=王秀英'))
  assert.ok(people[0].posts.some(({ label }) => label === '村党组织书记'))

  await desk.open('/console/people?name=陈静')
  await page.getByRole('link', { name: '陈静' }).click()
  await page.getByRole('button', { name: '发登录码' }).click()
  const code = await page.locator('.code').textContent()
  assert.deepEqual(await flaws(page), [])
  const other = await openDesk(world)
  await other.page.getByLabel('手机不在身边').fill('2222222222')
  await other.page.getByRole('button', { name: '登录', exact: true }).click()
  await other.page.getByText('登录码不对').waitFor()
  await other.page.getByLabel('手机不在身边').fill(code.toLowerCase())
  await other.page.getByRole('button', { name: '登录', exact: true }).click()
  await other.page.getByText('今天要办的').waitFor()
  await other.close()
  await desk.close()
})

test('a form typed while the desk locks waits for its own person, at both screens', async () => {
  const { branch } = await places(world)
  const duty = await meetingOf(world, branch)
  for (const size of SIZES) {
    const desk = await deskByCode(world, 'OFFICE', size)
    const { page } = desk
    await desk.open(`/console/duties/${duty.id}`)
    await page.getByText('申请免办、延期、不适用').click()
    await page.getByLabel('原因', { exact: true }).fill('全村抗洪,路断了')
    await page.context().clearCookies()
    await page.getByRole('button', { name: '提出申请' }).click()
    await page.getByText('您填的内容没有丢').waitFor()
    assert.doesNotMatch(await page.content(), /抗洪/)
    assert.deepEqual(await flaws(page), [])
    await page.getByRole('button', { name: '显示配对码' }).click()
    const code = await page.locator('.code').textContent()
    assert.deepEqual(await flaws(page), [])
    await ok(world.api('OFFICE', 'POST', '/api/v1/me/desk', { code }))
    await page.getByRole('button', { name: '手机上填好了,继续保存' }).click()
    await page.getByRole('button', { name: '继续保存' }).waitFor()
    await page.getByText('看看刚才填了什么').click()
    await page.getByText('全村抗洪,路断了').waitFor()
    assert.deepEqual(await flaws(page), [])
    await page.getByRole('button', { name: '继续保存' }).click()
    // The first proposal is made; at the second screen it waits already, and the words are in the form again.
    if (size === SIZES[0]) await page.getByText('申请已提出').waitFor()
    else assert.equal(await page.getByLabel('原因', { exact: true }).inputValue(), '全村抗洪,路断了')
    await desk.close()
  }
})

/** Every page of the console that answers to a link, by the server's own table. */
async function tableOfPages() {
  const source = await readFile(new URL('../../../server/src/console/routes.rs', import.meta.url), 'utf8')
  const table = source.slice(source.indexOf('pub const PAGES'), source.indexOf('\n];'))
  const rows = table.split(/\b(?:page|titled)\(/).slice(1)
  const pages = rows.filter((row) => /\bget\(/.test(row)).map((row) => row.match(/^\s*"([^"]+)"/)[1])
  assert.ok(pages.length > 30, `${pages.length} pages`)
  return pages
}

/** What is no page to be looked over: the login has no head line, files are no pages; an original has a test of its own. */
const APART = ['/login', '/pair', '/continue', '/console.css', '/landscape.css', '/icon.svg', '/photos/:id/original']
const FILES = ['/duties/export', '/roster/template', '/rules/table/:name']
/** Of pages that differ by their number or filter only, so many are looked over. */
const ALIKE = 2

test('every page of the table fits the office’s screen and a phone’s, in letters that can be read', async () => {
  await states(world, 1)
  const { branch, village } = await places(world)
  const table = await tableOfPages()
  const patterns = table.map((path) => [path, new RegExp(`^/console${path.replace(/:\w+/g, '[^/]+')}$`)])
  // Forms that are opened by a choice, not by a link.
  const chosen = ['meeting', 'report', 'contact', 'statement'].map((kind) => `/console/entry/${kind}?unit=${branch.id}`)
  chosen.push(`/console/entry/survey?unit=${village.id}`, '/console/rules/year')
  chosen.push(`/console/entry/sign?unit=${village.id}`, '/console/people?name=无', '/console/duties?unreached=1')
  chosen.push(`/console/not-owed?unit=${branch.id}`)
  for (const size of SIZES) {
    const wrong = {}
    const judge = async ({ page }, path) => {
      const found = await flaws(page)
      if (found.length > 0) wrong[path] = found
    }
    const outside = await openDesk(world, size)
    await judge(outside, 'login')
    await outside.code()
    await judge(outside, 'pair')
    await outside.close()
    const desk = await deskByCode(world, 'OFFICE', size)
    const [waiting, seen, looked] = [['/console/', ...chosen], new Set(), new Map()]
    while (waiting.length > 0) {
      const to = waiting.shift()
      const url = new URL(to, world.base)
      const [pattern] = patterns.find(([, matches]) => matches.test(url.pathname)) ?? []
      assert.ok(pattern, `${to} stands in no table`)
      const alike = `${pattern}?${[...url.searchParams.keys()].sort()}`
      if (seen.has(to) || APART.includes(pattern) || (looked.get(alike) ?? 0) >= ALIKE) continue
      seen.add(to)
      looked.set(alike, (looked.get(alike) ?? 0) + 1)
      looked.set(pattern, true)
      if (FILES.includes(pattern)) {
        assert.equal((await desk.page.request.get(`${world.base}${to}`)).status(), 200, to)
        continue
      }
      await desk.open(to)
      await judge(desk, to)
      // What is folded away is looked over as well.
      await desk.page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)))
      await judge(desk, `${to}, unfolded`)
      const links = await desk.page.evaluate(() => [...document.links].map((link) => link.href))
      for (const link of links) {
        const { pathname, search, origin } = new URL(link)
        if (origin === new URL(world.base).origin && pathname.startsWith('/console')) waiting.push(pathname + search)
      }
    }
    const missed = table.filter((path) => !APART.includes(path) && !looked.has(path))
    assert.deepEqual(missed, [], `pages nobody is led to, at ${size.width} px`)
    assert.deepEqual(wrong, {}, `at ${size.width} px`)
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
