// The mini-program opens for those who have it, and asks a stranger for the office's code.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startWorld } from '../lib/world.mjs'

let world
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

test('李小禾 opens it and sees 今日', async () => {
  const phone = await world.openAs('李小禾')
  assert.equal(await phone.route(), 'pages/today/index')
  await phone.sees('今日')
  await phone.close()
})

test('the preview lets anybody choose whose phone it is', async () => {
  const page = await world.browser.newPage({ viewport: { width: 1200, height: 950 } })
  await page.goto(world.host.url)
  await page.getByText('孙远').click()
  await page.getByText('预览 · 孙远').first().waitFor()
  const app = page.frameLocator('iframe')
  await app.locator('#tabs').getByText('今日').waitFor()
  assert.match(await page.locator('iframe').getAttribute('src'), /as=demo-away/)
  await page.close()
})
