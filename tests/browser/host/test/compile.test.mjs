// The host's build says no where WeChat, or a phone, would.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { build } from '../build.mjs'

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'tuhe-host-'))
after(() => fs.rmSync(scratch, { recursive: true }))

let count = 0
/** Builds a mini-program of one page from its parts and gives the problems. */
async function problemsOf({ wxml = '<view />', ts = 'Page({})', json = '{}', more = {} }) {
  const src = path.join(scratch, String((count += 1)))
  const files = {
    'app.json': '{"pages":["pages/a/index"]}',
    'app.ts': 'App({})',
    'pages/a/index.json': json,
    'pages/a/index.wxml': wxml,
    'pages/a/index.ts': ts,
    ...more,
  }
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(src, name)), { recursive: true })
    fs.writeFileSync(path.join(src, name), text)
  }
  const { problems } = await build({ src, out: path.join(src, 'out') })
  assert.equal(fs.existsSync(path.join(src, 'out/app.js')), problems.length === 0, 'a bad build leaves nothing')
  return problems.join('\n')
}

test('a plain page builds', async () => {
  assert.equal(await problemsOf({}), '')
})

test('an unclosed tag is refused with its place', async () => {
  assert.match(await problemsOf({ wxml: '<view>\n<text>a</view>' }), /pages\/a\/index\.wxml:\d+:\d+/)
})

test('an expression that cannot be read is refused', async () => {
  assert.match(await problemsOf({ wxml: '<view>{{a +}}</view>' }), /pages\/a\/index\.wxml:1/)
})

test('a component nobody declared is refused', async () => {
  assert.match(await problemsOf({ wxml: '<view><t-card /></view>' }), /index\.wxml:1 unknown component <t-card>/)
})

test('a declared component that is not there is refused', async () => {
  assert.match(await problemsOf({ json: '{"usingComponents":{"x":"/components/x/index"}}' }), /no component/)
})

test('a handler nobody wrote is refused', async () => {
  const wxml = '<view bindtap="here" catch:longpress="{{on ? \'there\' : \'nowhere\'}}" />'
  const problems = await problemsOf({ wxml, ts: 'Page({ here() {}, there() {} })' })
  assert.match(problems, /"nowhere"/)
  assert.doesNotMatch(problems, /"here"|"there"/)
})

test('a handler may come from a behaviour', async () => {
  const more = { 'behaviors/b.ts': 'export default Behavior({ methods: { here() {} } })' }
  const ts = "import b from '../../behaviors/b'\nPage({ behaviors: [b] })"
  assert.equal(await problemsOf({ wxml: '<view bindtap="here" />', ts, more }), '')
})

test('a call of wx that the host does not have is refused, asking first is not', async () => {
  const ts = 'wx.startBeaconDiscovery({})\nwx.checkIsOpenAccessibility?.({})\nPage({})'
  const problems = await problemsOf({ ts })
  assert.match(problems, /pages\/a\/index\.ts:1:1 wx\.startBeaconDiscovery is not in the web host/)
  assert.doesNotMatch(problems, /checkIsOpen/)
})

test('wx may not travel under another name', async () => {
  assert.match(await problemsOf({ ts: 'const { request } = wx\nPage({ request })' }), /in full/)
})

test('an import that is not there is refused', async () => {
  assert.match(await problemsOf({ ts: "import './nowhere'\nPage({})" }), /nowhere/)
  assert.match(await problemsOf({ more: { 'app.wxss': '@import "nowhere.wxss";' } }), /nowhere\.wxss/)
})

test('a tab that is no page is refused', async () => {
  const more = {
    'app.json': '{"pages":["pages/a/index"],"tabBar":{"list":[{"pagePath":"pages/b/index","text":"乙"}]}}',
  }
  assert.match(await problemsOf({ more }), /tab pages\/b\/index/)
})

test('a tab whose icon is missing or too large is refused', async () => {
  const tab = '{"pagePath":"pages/a/index","text":"甲","iconPath":"a.png","selectedIconPath":"big.png"}'
  const more = {
    'app.json': `{"pages":["pages/a/index"],"tabBar":{"list":[${tab}]}}`,
    'big.png': 'x'.repeat(41 * 1024),
  }
  const problems = await problemsOf({ more })
  assert.match(problems, /the icon a\.png is missing/)
  assert.match(problems, /big\.png is larger/)
})

test('a main package over 1 MiB is refused', async () => {
  const more = { 'big.ts': `export default '${'x'.repeat(1024 * 1024)}'` }
  assert.match(
    await problemsOf({ ts: "import big from '../../big'\nPage({ data: { big } })", more }),
    /package main has/,
  )
})
