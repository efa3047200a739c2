// The calls of `wx`: files, storage, network, pictures, WeChat's own questions.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeJpeg } from '../../lib/browser.mjs'
import { callWx, fixture } from './fixture.mjs'

let world
before(async () => {
  world = await fixture()
})
after(() => world?.close())

async function onPhone(work, options) {
  const phone = await world.open({ levers: { privacy: false }, ...options })
  try {
    await work(phone, (name, given) => callWx(phone, name, given))
  } finally {
    await phone.context.close()
  }
  phone.assertNoErrors()
}

/** Chooses a picture through `wx.chooseMedia` and gives its temporary path. */
async function choose(phone, jpeg) {
  const [chooser, chosen] = await Promise.all([
    phone.page
      .waitForEvent('filechooser')
      .then((c) => c.setFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: jpeg })),
    callWx(phone, 'chooseMedia', { count: 1, mediaType: ['image'], sourceType: ['camera'] }),
  ])
  assert.equal(chooser, undefined)
  return chosen.ok.tempFiles[0]
}

const manager = (phone, name, options) =>
  phone.page.evaluate(
    ([key, given]) =>
      new Promise((resolve) => {
        wx.getFileSystemManager()[key]({
          ...given,
          success: (ok) => resolve({ ok }),
          fail: (e) => resolve({ code: e.errCode, errMsg: e.errMsg }),
        })
      }),
    [name, options],
  )
const USER = 'wxfile://usr'

test('files and storage outlive a kill, temporary files do not', () =>
  onPhone(async (phone) => {
    const jpeg = await makeJpeg(world.browser, { width: 64, height: 48 })
    const { tempFilePath, size } = await choose(phone, jpeg)
    assert.equal(size, jpeg.length)
    await manager(phone, 'mkdir', { dirPath: `${USER}/photos/deep`, recursive: true })
    await manager(phone, 'copyFile', { srcPath: tempFilePath, destPath: `${USER}/photos/deep/a.jpg` })
    await manager(phone, 'writeFile', { filePath: `${USER}/b.txt`, data: '绿树成荫', encoding: 'utf8' })
    await phone.page.evaluate(() => wx.setStorageSync('ob:1', { id: 1, list: [1, null] }))
    await phone.reopen()
    assert.deepEqual(await phone.page.evaluate(() => wx.getStorageSync('ob:1')), { id: 1, list: [1, null] })
    assert.equal((await manager(phone, 'access', { path: tempFilePath })).code, 1300002)
    assert.deepEqual((await manager(phone, 'readdir', { dirPath: USER })).ok.files, ['b.txt', 'photos'])
    assert.equal(
      (await manager(phone, 'readFile', { filePath: `${USER}/b.txt`, encoding: 'utf8' })).ok.data,
      '绿树成荫',
    )
    const kept = await phone.page.evaluate(() => {
      const fs = wx.getFileSystemManager()
      const whole = new Uint8Array(fs.readFileSync('wxfile://usr/photos/deep/a.jpg'))
      const part = new Uint8Array(fs.readFileSync('wxfile://usr/photos/deep/a.jpg', undefined, 2, 3))
      return {
        size: fs.statSync('wxfile://usr/photos/deep/a.jpg').size,
        same: part.every((b, i) => b === whole[i + 2]),
        part: part.length,
      }
    })
    assert.deepEqual(kept, { size: jpeg.length, same: true, part: 3 })
  }))

test('files refuse what WeChat refuses', () =>
  onPhone(async (phone) => {
    const code = async (name, options) => (await manager(phone, name, options)).code
    assert.equal(await code('readFile', { filePath: `${USER}/none` }), 1300002)
    assert.equal(await code('writeFile', { filePath: `${USER}/no/folder.txt`, data: 'x' }), 1300002)
    assert.equal(await code('writeFile', { filePath: '/etc/passwd', data: 'x' }), 1300013)
    assert.equal(await code('saveFile', { tempFilePath: 'wxfile://tmp/none.jpg' }), 1301112)
    assert.equal(await code('mkdir', { dirPath: `${USER}/a/b` }), 1300002)
    await manager(phone, 'mkdir', { dirPath: `${USER}/a` })
    assert.equal(await code('mkdir', { dirPath: `${USER}/a` }), 1301005)
    assert.equal(await code('unlink', { filePath: `${USER}/a` }), 1301003)
    await manager(phone, 'writeFile', { filePath: `${USER}/a/x`, data: 'x' })
    assert.equal(await code('rmdir', { dirPath: `${USER}/a` }), 1300066)
    await phone.page.evaluate(() => void (globalThis.__host.levers.fileQuota = 10))
    assert.equal(await code('writeFile', { filePath: `${USER}/big`, data: 'x'.repeat(11) }), 1300202)
    assert.equal(await code('access', { path: `${USER}/big` }), 1300002)
  }))

test('saving a file moves it, renaming moves it in one step', () =>
  onPhone(async (phone) => {
    const { tempFilePath } = await choose(phone, await makeJpeg(world.browser, { width: 8, height: 8 }))
    const saved = (await manager(phone, 'saveFile', { tempFilePath, filePath: `${USER}/a.jpg` })).ok.savedFilePath
    assert.equal(saved, `${USER}/a.jpg`)
    assert.equal((await manager(phone, 'access', { path: tempFilePath })).code, 1300002)
    await manager(phone, 'rename', { oldPath: saved, newPath: `${USER}/b.jpg` })
    await phone.reopen()
    assert.deepEqual((await manager(phone, 'readdir', { dirPath: USER })).ok.files, ['b.jpg'])
  }))

test('storage keeps to its limits', () =>
  onPhone(async (phone, wx) => {
    assert.match((await wx('setStorage', { key: 'a', data: 'x'.repeat(1024 * 1024) })).failed.errMsg, /item max length/)
    assert.match((await wx('getStorage', { key: 'a' })).failed.errMsg, /data not found/)
    await phone.page.evaluate(() => void (globalThis.__host.levers.storageQuota = 100))
    assert.ok((await wx('setStorage', { key: 'a', data: 'x'.repeat(50) })).ok)
    assert.match((await wx('setStorage', { key: 'b', data: 'x'.repeat(50) })).failed.errMsg, /exceed storage max size/)
    assert.equal(await phone.page.evaluate(() => globalThis.wx.getStorageSync('none')), '')
    assert.deepEqual(await phone.page.evaluate(() => globalThis.wx.getStorageInfoSync().keys), ['a'])
  }))

test('two people in one browser have two phones', async () => {
  await onPhone(async (phone) => {
    await phone.page.evaluate(() => wx.setStorageSync('whose', 'li'))
    await phone.page.goto(phone.address.replace('demo-li', 'demo-wang'))
    await phone.page.waitForFunction(() => globalThis.__host?.stack.length > 0)
    assert.equal(await phone.page.evaluate(() => wx.getStorageSync('whose')), '')
  })
})

test('requests give every status, time out, are aborted, and feel a cut line', () =>
  onPhone(async (phone, wx) => {
    const done = (
      await wx('request', { url: '/api/yes', method: 'POST', data: { a: 1 }, header: { authorization: 'Bearer x' } })
    ).ok
    assert.equal(done.statusCode, 200)
    assert.equal(done.data.got, 'POST')
    const sent = world.requests.at(-1)
    assert.equal(sent.body.toString(), '{"a":1}')
    assert.equal(sent.headers.authorization, 'Bearer x')
    assert.equal((await wx('request', { url: 'https://tuhe.example/api/no?a=1' })).ok.statusCode, 409)
    assert.match((await wx('request', { url: '/api/slow', timeout: 100 })).failed.errMsg, /request:fail timeout/)
    assert.match((await wx('request', { url: '/api/cut' })).failed.errMsg, /request:fail net/)
    const aborted = await phone.page.evaluate(
      () =>
        new Promise((resolve) => globalThis.wx.request({ url: '/api/slow', fail: (e) => resolve(e.errMsg) }).abort()),
    )
    assert.equal(aborted, 'request:fail abort')
    assert.equal(
      world.requests.filter(({ url }) => url === '/api/cut').length,
      1,
      'nothing is repeated behind our back',
    )
  }))

test('an upload sends the very bytes, with progress, and can be aborted', () =>
  onPhone(async (phone) => {
    const jpeg = await makeJpeg(world.browser, { width: 900, height: 700 })
    const { tempFilePath } = await choose(phone, jpeg)
    const upload = (url, abort) =>
      phone.page.evaluate(
        ([to, filePath, stop]) =>
          new Promise((resolve) => {
            const steps = []
            const task = wx.uploadFile({
              url: to,
              filePath,
              name: 'file',
              formData: { slot: 'before' },
              success: (r) => resolve({ ...r, steps }),
              fail: (e) => resolve({ errMsg: e.errMsg }),
            })
            task.onProgressUpdate(({ progress }) => steps.push(progress))
            if (stop) setTimeout(() => task.abort(), 50)
          }),
        [url, tempFilePath, abort],
      )
    const done = await upload('/api/photo', false)
    assert.equal(done.statusCode, 200)
    assert.equal(typeof done.data, 'string', 'WeChat does not parse it')
    assert.equal(done.steps.at(-1), 100)
    assert.ok(world.requests.at(-1).body.includes(jpeg), 'byte for byte')
    assert.match((await upload('/api/slow', true)).errMsg, /uploadFile:fail abort/)
  }))

test('without a network calls fail at once and its return is told', () =>
  onPhone(async (phone, wx) => {
    await phone.page.evaluate(() => {
      globalThis.heard = []
      globalThis.wx.onNetworkStatusChange((news) => globalThis.heard.push(news))
    })
    await phone.offline()
    assert.equal((await wx('getNetworkType')).ok.networkType, 'none')
    assert.match((await wx('request', { url: '/api/yes' })).failed.errMsg, /request:fail/)
    assert.match((await wx('login')).failed.errMsg, /login:fail/)
    await phone.online()
    await phone.page.waitForFunction(() => globalThis.heard.length === 2)
    assert.deepEqual(await phone.page.evaluate(() => globalThis.heard.map((n) => n.isConnected)), [false, true])
    await phone.page.evaluate(() => void (globalThis.__host.levers.network = '4g'))
    assert.equal((await wx('getNetworkType')).ok.networkType, '4g')
  }))

test('a photo is re-encoded to 1600 px by a canvas', () =>
  onPhone(async (phone, wx) => {
    const { tempFilePath } = await choose(phone, await makeJpeg(world.browser, { width: 2400, height: 1200 }))
    const info = (await wx('getImageInfo', { src: tempFilePath })).ok
    assert.deepEqual([info.width, info.height, info.orientation, info.type], [2400, 1200, 'up', 'jpeg'])
    const path = await phone.page.evaluate(async (src) => {
      const canvas = globalThis.wx.createOffscreenCanvas({ type: '2d', width: 1600, height: 800 })
      const image = canvas.createImage()
      await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject, src }))
      canvas.getContext('2d').drawImage(image, 0, 0, 1600, 800)
      return (await globalThis.wx.canvasToTempFilePath({ canvas, fileType: 'jpg', quality: 0.8 })).tempFilePath
    }, tempFilePath)
    const small = (await wx('getImageInfo', { src: path })).ok
    assert.deepEqual([small.width, small.height, small.type], [1600, 800, 'jpeg'])
    const half = (await wx('compressImage', { src: tempFilePath, compressedWidth: 600 })).ok.tempFilePath
    assert.equal((await wx('getImageInfo', { src: half })).ok.height, 300)
    await phone.page.evaluate(() => globalThis.wx.getFileSystemManager().writeFileSync('wxfile://usr/no.jpg', 'text'))
    assert.match((await wx('getImageInfo', { src: `${USER}/no.jpg` })).failed.errMsg, /getImageInfo:fail/)
  }))

test('the stand-in answers for WeChat, and only after a tap', () =>
  onPhone(async (phone, wx) => {
    assert.equal((await wx('login')).ok.code, 'code-1')
    assert.deepEqual(world.calls.at(-1), ['/login_code', { openid: 'demo-li' }])
    const ask = { tmplIds: ['T1'] }
    assert.match((await wx('requestSubscribeMessage', ask)).failed.errMsg, /TAP gesture/)
    await phone.page.locator('#plain').tap()
    const answer = wx('requestSubscribeMessage', ask)
    await phone.page.getByText('总是保持').tap()
    await phone.tap('允许')
    assert.equal((await answer).ok.T1, 'accept')
    assert.deepEqual(world.calls.at(-1), ['/tap', { openid: 'demo-li', templates: ['T1'], choice: 'accept_always' }])
    const setting = (await wx('getSetting', { withSubscriptions: true })).ok
    assert.deepEqual(setting.subscriptionsSetting, { mainSwitch: true, itemSettings: { T1: 'accept' } })
    await phone.page.locator('#plain').tap()
    assert.equal((await wx('requestSubscribeMessage', ask)).ok.T1, 'accept', 'kept: no question')
    await phone.page.evaluate(() => void (globalThis.__host.levers.mainSwitch = false))
    await phone.page.locator('#plain').tap()
    assert.equal((await wx('requestSubscribeMessage', ask)).failed.errCode, 20004)
  }))

test('private things wait for the agreement', () =>
  onPhone(
    async (phone, wx) => {
      assert.equal((await wx('getPrivacySetting')).ok.needAuthorization, true)
      const asked = wx('requirePrivacyAuthorize')
      await phone.tap('同意')
      assert.ok((await asked).ok)
      assert.equal((await wx('getPrivacySetting')).ok.needAuthorization, false)
      await phone.reopen()
      assert.equal((await callWx(phone, 'getPrivacySetting')).ok.needAuthorization, false)
    },
    { levers: { privacy: true } },
  ))

test('pop-ups answer what was pressed', () =>
  onPhone(async (phone, wx) => {
    const modal = wx('showModal', { title: '确认', content: '真的?', confirmText: '是', cancelText: '否' })
    await phone.tap('否')
    assert.deepEqual((({ confirm, cancel }) => ({ confirm, cancel }))((await modal).ok), {
      confirm: false,
      cancel: true,
    })
    const sheet = wx('showActionSheet', { itemList: ['甲', '乙'] })
    await phone.tap('乙')
    assert.equal((await sheet).ok.tapIndex, 1)
    await wx('showToast', { title: '存好了' })
    await phone.page.getByRole('status').getByText('存好了').waitFor()
    await wx('setTabBarBadge', { index: 1, text: '3' })
    assert.match(await phone.page.locator('#tabs').innerText(), /3/)
    await wx('setNavigationBarTitle', { title: '新题目' })
    assert.match(await phone.page.locator('#navigation').innerText(), /新题目/)
    await wx('pageScrollTo', { selector: '#bottom' })
    assert.ok(await phone.page.evaluate(() => globalThis.__host.stack[0].element.scrollTop > 500))
  }))

test('the phone tells of itself', () =>
  onPhone(
    async (phone) => {
      const told = await phone.page.evaluate(() => ({
        factor: wx.getAppBaseInfo().fontSizeScaleFactor,
        width: wx.getWindowInfo().windowWidth,
        login: wx.canIUse('login'),
        beacon: wx.canIUse('startBeaconDiscovery'),
        missing: wx.startBeaconDiscovery,
      }))
      assert.deepEqual(told, { factor: 1.5, width: 375, login: true, beacon: false, missing: undefined })
    },
    { levers: { privacy: false, fontScale: 1.5 } },
  ))

test('a wrong clock is only the phone’s', () =>
  onPhone(
    async (phone) => {
      const now = await phone.page.evaluate(() => [Date.now(), new Date().getTime()])
      for (const at of now) assert.ok(Math.abs(at - Date.now() - 3 * 86_400_000) < 60_000)
    },
    { clock: 3 * 86_400_000 },
  ))
