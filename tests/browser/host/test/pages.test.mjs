// Built-in components, the page stack and the app's life, in the fixture.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeJpeg } from '../../lib/browser.mjs'
import { fixture } from './fixture.mjs'

let world
before(async () => {
  world = await fixture()
})
after(() => world?.close())

async function onPhone(work, options) {
  const phone = await world.open(options)
  try {
    await work(phone)
  } finally {
    await phone.context.close()
  }
  phone.assertNoErrors()
}
const textOf = (phone, id) => phone.page.locator(`.page-frame:not([hidden]) #${id}`).innerText()

test('templates, scripts, styles and components come out as written', () =>
  onPhone(async (phone) => {
    assert.equal(await textOf(phone, 'wxs'), 'ABCABC42')
    assert.match(await phone.text(), /甲好/)
    const color = (selector) =>
      phone.page
        .locator(selector)
        .first()
        .evaluate((e) => getComputedStyle(e).color)
    assert.equal(await color('#root'), 'rgb(1, 2, 3)')
    assert.equal(await color('text=甲好'), 'rgb(9, 8, 7)')
    assert.equal(await phone.page.locator('#root').getAttribute('aria-label'), '全部')
    assert.match(await phone.page.locator('#status').innerText(), /预览 · 李卫国/)
  }))

test('taps reach handlers, components and behaviours, and not what is switched off', () =>
  onPhone(async (phone) => {
    await phone.tap('加一')
    await phone.page.locator('#off').tap({ force: true })
    await phone.tap('组件按钮')
    assert.equal(await textOf(phone, 'count'), '2')
    await phone.tap('挡住')
    assert.equal(await textOf(phone, 'count'), '3')
    await phone.tap('甲好')
    assert.equal(await textOf(phone, 'chosen'), '甲')
    await phone.tap('1绿')
    assert.equal(await textOf(phone, 'chosen'), '绿')
    await phone.tap('问候')
    assert.equal((await phone.data()).greeted, true)
    assert.deepEqual(phone.count(), { taps: 6, typed: 0 })
  }))

test('a mouse taps as well, for the preview on a desk', () =>
  onPhone(async (phone) => {
    await phone.page.getByText('加一').click()
    assert.equal(await textOf(phone, 'count'), '1')
  }))

test('a form reads every kind of field', () =>
  onPhone(async (phone) => {
    await phone.type('姓名', '王秀英')
    await phone.type('备注', '一二三四五六七八九十十一')
    await phone.page.getByText('甲', { exact: true }).last().tap()
    await phone.tap('丑')
    await phone.page.getByRole('switch').tap()
    await phone.tap('提交')
    const form = JSON.parse(await textOf(phone, 'form'))
    assert.deepEqual(form, { name: '王秀英', note: '一二三四五六七八九十', days: ['a'], kind: 'y', on: true, level: 2 })
    const data = await phone.data()
    assert.ok(data.ticked && data.switched)
    assert.equal(data.name, '王秀英')
  }))

test('pickers choose from a list and a calendar', () =>
  onPhone(async (phone) => {
    await phone.tap('红')
    await phone.tap('绿')
    await phone.page.locator('#picker', { hasText: '绿' }).waitFor()
    await phone.page.locator('#date').tap()
    await phone.page.locator('.dialog input').fill('2026-12-01')
    await phone.tap('确定')
    assert.equal((await phone.data()).date, '2026-12-01')
  }))

test('pages come and go, tabs stay, the title follows', () =>
  onPhone(async (phone) => {
    await phone.tap('去第三页')
    assert.equal(await phone.route(), 'pages/third/index')
    assert.equal(await textOf(phone, 'query'), '{"id":"7"}')
    assert.equal(await phone.page.locator('#tabs').isHidden(), true)
    await phone.tap('返回')
    await phone.tap('去远处')
    assert.match(await phone.page.locator('#navigation').innerText(), /far/)
    await phone.tap('返回')
    await phone.tap('另一页')
    assert.equal(await textOf(phone, 'shows'), '1')
    await phone.page.locator('#tabs').getByText('全部').tap()
    await phone.tap('另一页')
    assert.equal(await textOf(phone, 'shows'), '2')
    const failed = await phone.page.evaluate(() => wx.navigateTo({ url: '/pages/other/index' }).catch((e) => e.errMsg))
    assert.match(failed, /can not navigateTo a tabbar page/)
  }))

test('a page can be opened directly, an unknown one falls back', async () => {
  await onPhone(async (phone) => assert.equal(await textOf(phone, 'query'), '{"id":"%E7%94%B2"}'), {
    path: 'pages/third/index?id=%E7%94%B2',
  })
  await onPhone(async (phone) => assert.equal(await phone.route(), 'pages/all/index'), { path: 'pages/none/index' })
})

test('the app hears of its life, and of nothing once it is killed', () =>
  onPhone(async (phone) => {
    await phone.background()
    await phone.foreground()
    const seen = await phone.page.evaluate(() => getApp().seen)
    assert.deepEqual(seen, ['launch pages/all/index', 'show', 'hide', 'show'])
    const after = await phone.page.evaluate(() => {
      globalThis.__host.die()
      globalThis.__host.background()
      return getApp().seen.length
    })
    assert.equal(after, 4)
  }))

test('setData takes plain JSON only', () =>
  onPhone(async (phone) => {
    const messages = await phone.page.evaluate(() => {
      const { page } = globalThis.__host.stack[0]
      return [() => 1, undefined, new Date(0), NaN].map((x) => {
        try {
          page.setData({ a: { b: [x] } })
          return 'accepted'
        } catch (error) {
          return error.message
        }
      })
    })
    assert.equal(messages.filter((message) => /setData: a\.b\[0\] is/.test(message)).length, 4, messages.join('\n'))
  }))

test('an error of the mini-program is fatal to the test and heard by the app', async () => {
  const phone = await world.open()
  await phone.page.evaluate(() => setTimeout(() => globalThis.nobody.there))
  await phone.page.waitForFunction(() => getApp().seen.some((line) => line.startsWith('error')))
  await phone.context.close()
  assert.throws(() => phone.assertNoErrors(), /nobody|undefined/)
})

test('a picture chosen shows, and a long press is felt', () =>
  onPhone(async (phone) => {
    const jpeg = await makeJpeg(world.browser, { width: 40, height: 30 })
    await phone.page.evaluate(() => (globalThis.__host.levers.privacy = false))
    const [chooser] = await Promise.all([
      phone.page.waitForEvent('filechooser'),
      phone.page.evaluate(
        () =>
          void wx
            .chooseMedia({ count: 1 })
            .then(({ tempFiles }) => getCurrentPages()[0].setData({ picture: tempFiles[0].tempFilePath })),
      ),
    ])
    await chooser.setFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: jpeg })
    await phone.page.waitForFunction(() => getCurrentPages()[0].data.loaded === '40×30')
    const session = await phone.context.newCDPSession(phone.page)
    await phone.page.locator('#hold').scrollIntoViewIfNeeded()
    const { x, y } = await phone.page.locator('#hold').boundingBox()
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + 5, y: y + 5 }] })
    await phone.sees('长按了')
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  }))
