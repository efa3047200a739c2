// Every list and what leads to it, for every kind of person, with something on it and with nothing; that the list of
// visits is whole; where it leads who is not bound.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { MINIPROGRAM } from '../host/build.mjs'
import { audit } from '../lib/audit.mjs'
import { read } from '../lib/reading.mjs'
import { CADRE, KINDS, LISTS, STRANGER, VISITS } from '../lib/visits.mjs'

const { pages, subPackages } = JSON.parse(fs.readFileSync(path.join(MINIPROGRAM, 'src/app.json'), 'utf8'))
const PAGES = [...pages, ...subPackages.flatMap(({ root, pages: more }) => more.map((page) => `${root}/${page}`))]

const here = read(LISTS)

test('the list leaves out no page and no kind of person', () => {
  const missing = (all, key) => all.filter((one) => !VISITS.some((visit) => visit[key] === one))
  assert.deepEqual(missing(PAGES, 'page'), [])
  assert.deepEqual(missing(Object.keys(KINDS), 'who'), [])
  const names = VISITS.map(({ name }) => name).filter(Boolean)
  assert.deepEqual(names, [...new Set(names)], 'two pictures of one name')
})

test('whoever is not bound is led from every page to 绑定', async () => {
  const phone = await here.world.openAs(STRANGER)
  // As a reminder that somebody else has passed on.
  const query = '?id=0199a000-0000-7000-8000-000000000000&duty=0199a000-0000-7000-8000-000000000000'
  for (const page of PAGES) {
    await phone.page.evaluate((url) => globalThis.wx.reLaunch({ url }), `/${page}${query}`)
    await phone.sees('使用之前,请看这几句话')
    assert.equal(await phone.route(), 'pages/bind/index', page)
  }
  await phone.close()
})

test('the audit sees what the framework makes: with thumbs of a metre nothing is large enough', async () => {
  const phone = await here.world.openAs(CADRE)
  await phone.sees('去申报')
  const found = await phone.page.evaluate(audit, { target: 1000, text: 14 })
  assert.ok(found.some(({ rule, where }) => rule === 'target' && where.includes('去申报:排查清理外立面标牌')))
  assert.deepEqual([...new Set(found.map(({ rule }) => rule))], ['target'])
  await phone.close()
})
