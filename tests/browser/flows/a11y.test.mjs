// The audit of lib/audit.mjs itself: each of its rules finds what it is for, and nothing else.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { audit } from '../lib/audit.mjs'
import { launchBrowser } from '../lib/browser.mjs'

const LEAST = { target: 44, text: 14 }
const GOOD = 'display:block;min-height:48px;font-size:16px'

let browser
let page
before(async () => {
  browser = await launchBrowser()
  page = await browser.newPage({ viewport: { width: 375, height: 600 } })
})
after(() => browser?.close())

/** The rules broken by a page; `data-tap` stands for a listener, as the framework keeps it at its element. */
async function broken(html, least = LEAST) {
  await page.setContent(`<style>*{box-sizing:border-box}body{margin:0;font-family:sans-serif}
    .page-frame{position:absolute;inset:0;overflow:auto}input,textarea{all:unset;display:block;width:100%;height:48px}</style>
    <div class="page-frame">${html}</div>`)
  await page.evaluate(() => {
    for (const element of document.querySelectorAll('[data-tap]')) {
      element.__wxElement = { _$eventTarget: { listeners: { tap: {} } } }
    }
  })
  const found = await page.evaluate(audit, least)
  return [...new Set(found.map(({ rule }) => rule))]
}

const CASES = [
  ['a good page', `<wx-view role="button" data-tap style="${GOOD}">去申报</wx-view>`, []],
  ['grey on white', '<wx-view style="display:block;font-size:16px;color:#999">说明</wx-view>', ['contrast']],
  [
    'dark on a dark paper further up',
    '<div style="background:#333"><p style="font-size:16px;color:#000">说明</p></div>',
    ['contrast'],
  ],
  ['half seen through', '<p style="font-size:16px;opacity:.4">说明</p>', ['contrast']],
  [
    'a pale placeholder',
    '<style>input::placeholder{color:#bbb}</style><input style="font-size:16px" aria-label="姓名" placeholder="写名字">',
    ['contrast'],
  ],
  ['small letters', '<p style="font-size:12px">说明</p>', ['small']],
  ['a low button', '<wx-view role="button" data-tap style="display:block;font-size:16px">去</wx-view>', ['target']],
  [
    'a switch of 52 × 32 in a label that is large enough',
    '<wx-label style="display:block;height:60px"><input type="checkbox" aria-label="大字" style="height:32px"></wx-label>',
    [],
  ],
  ['the same switch alone', '<input type="checkbox" aria-label="大字" style="width:52px;height:32px">', ['target']],
  ['something to tap that says not what it is', `<wx-view data-tap style="${GOOD}">去申报</wx-view>`, ['role']],
  ['a button without words', `<wx-view role="button" data-tap style="${GOOD}"></wx-view>`, ['name']],
  [
    'a button whose words are hidden from the ear',
    `<wx-view role="button" data-tap style="${GOOD}"><b aria-hidden="true">去</b></wx-view>`,
    ['name'],
  ],
  ['a field without a name', '<input style="font-size:16px">', ['name']],
  ['a picture without a name', '<wx-image style="display:block;width:50px;height:50px"></wx-image>', ['name']],
  [
    'a button within a button',
    `<wx-view role="button" data-tap style="${GOOD}">外<wx-view role="button" data-tap style="${GOOD}">里</wx-view></wx-view>`,
    ['nested'],
  ],
  [
    'two buttons on each other',
    `<wx-view role="button" data-tap style="${GOOD}">上</wx-view><wx-view role="button" data-tap style="${GOOD};margin-top:-20px">下</wx-view>`,
    ['overlap'],
  ],
  [
    'words cut off',
    '<p style="width:60px;overflow:hidden;white-space:nowrap;font-size:16px">石桥村第一党支部</p>',
    ['clipped'],
  ],
  [
    'words cut off with dots, and whole for the ear',
    '<p aria-label="石桥村第一党支部" style="width:60px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;font-size:16px">石桥村第一党支部</p>',
    [],
  ],
  ['words cut off below', '<p style="height:20px;overflow:hidden;font-size:16px">石<br>桥<br>村</p>', ['clipped']],
  ['words below their box', '<p style="height:20px;font-size:16px">石<br>桥<br>村</p>', ['spills']],
  [
    'a placeholder longer than its field',
    '<input style="width:60px;font-size:16px" aria-label="地点" placeholder="如:村党群服务中心会议室">',
    ['clipped'],
  ],
  [
    'letters higher than their field',
    '<input style="height:20px;font-size:30px" aria-label="地点" value="村">',
    ['target', 'clipped'],
  ],
  ['a box wider than the screen', '<div style="width:400px;height:9px"></div>', ['wide']],
  [
    'words under the bar at the bottom',
    '<p style="font-size:16px;height:560px;margin:0">高</p><p style="font-size:16px;margin:0">最后一行</p><div class="app-page__bottom" style="position:fixed;bottom:0;width:375px;height:60px"></div>',
    ['covered'],
  ],
  [
    'a bar that leaves no room',
    '<div style="height:600px"></div><div class="app-page__bottom" style="height:300px"></div>',
    ['covered'],
  ],
]

for (const [words, html, rules] of CASES) {
  test(`${words}: ${rules.length > 0 ? `found as ${rules.join(' and ')}` : 'nothing to say'}`, async () => {
    assert.deepEqual((await broken(html)).sort(), [...rules].sort())
  })
}

test('in 大字 the same page must be larger', async () => {
  const html = `<wx-view role="button" data-tap style="${GOOD}">去申报</wx-view>`
  assert.deepEqual((await broken(html, { target: 60, text: 18 })).sort(), ['small', 'target'])
})
