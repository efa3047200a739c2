// The mini-program opens for those who have it, and asks a stranger for the office's code.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SCREEN } from '../lib/browser.mjs'
import { startWorld } from '../lib/world.mjs'

let world
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

test('李小禾 opens it and sees 今日', async () => {
  const phone = await world.openAs('李小禾')
  assert.equal(await phone.route(), 'pages/today/index')
  await phone.sees('排查清理外立面标牌')
  assert.deepEqual(phone.count(), { taps: 0, typed: 0 })
  await phone.close()
})

test('what was seen is still there when the app is killed and there is no network', async () => {
  const phone = await world.openAs('李卫国')
  await phone.sees('内到期')
  await phone.offline()
  await phone.background()
  await phone.reopen()
  await phone.sees('内到期')
  await phone.close()
})

test('the preview lets anybody choose whose phone it is', async () => {
  const page = await world.browser.newPage({ viewport: { width: 1200, height: 950 } })
  await page.goto(world.host.url)
  await page.getByText('孙远').click()
  await page.getByText('预览 · 孙远').first().waitFor()
  const app = page.frameLocator('iframe')
  await app.locator('#tabs').getByText('今日').waitFor()
  assert.equal(await app.locator('#status').innerText(), '')
  assert.match(await page.locator('iframe').getAttribute('src'), /as=demo-away/)
  await page.close()
})

test('on a phone the preview is the whole screen under a thin label', async () => {
  const context = await world.browser.newContext(SCREEN)
  const page = await context.newPage()
  await page.goto(world.host.url)
  assert.equal(await page.locator('iframe').isVisible(), false)
  await page.getByText('孙远').tap()
  await page.getByText('预览 · 孙远(流动党员)').waitFor()
  assert.deepEqual(await page.locator('#host').boundingBox(), { x: 0, y: 0, width: 375, height: 812 })
  await context.close()
})
