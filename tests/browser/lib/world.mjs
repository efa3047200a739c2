// A world for tests: the demo town with its own database, clock and WeChat stand-in, the host in front of it, a browser.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build } from '../host/build.mjs'
import { serve } from '../host/serve.mjs'
import { launchBrowser } from './browser.mjs'
import { faultProxy } from './faults.mjs'
import { Phone } from './phone.mjs'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const START_MS = 60_000

/** `TUHE` names the program; otherwise the one built last. */
function program() {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target')
  return process.env.TUHE ?? path.join(path.resolve(ROOT, target), 'debug/tuhe')
}

/**
 * Starts everything. With DATABASE_URL and REDIS_URL set, those servers are used with a database of this world's own;
 * otherwise the demo brings its own. Nothing survives this process: the demo ends with its standard input.
 */
export async function startWorld({ at = '09:00', faults = false } = {}) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tuhe-world-'))
  // PostgreSQL's user passes through.
  if (process.getuid() === 0) fs.chmodSync(dir, 0o711)
  const name = `tuhe_world_${process.pid}_${Date.now().toString(36)}`
  const database = process.env.DATABASE_URL && createDatabase(process.env.DATABASE_URL, name)
  const town = await startTown({ dir, at, name, database })
  const proxy = faults ? await faultProxy(town.facts.base) : undefined
  const { problems } = await buildOnce()
  if (problems.length > 0) throw new Error(`the mini-program does not build:\n${problems.join('\n')}`)
  const { base, control, template, people } = town.facts
  const host = await serve({ upstream: proxy?.url ?? base, town: base, control, people })
  const browser = await launchBrowser()
  const phones = []
  const person = (who) => {
    const found = people.find((p) => p.name === who || p.shell === who)
    if (!found) throw new Error(`nobody is called ${who}`)
    return found
  }

  return {
    base,
    control,
    template,
    people,
    host,
    browser,
    faults: proxy,
    person,
    /** A phone with the mini-program open; `who` is a name, a shell name, or a WeChat identity nobody knows. */
    async openAs(who, options = {}) {
      const known = people.some((p) => p.name === who || p.shell === who)
      const phone = await Phone.open(browser, host.url, { openid: known ? person(who).openid : who, ...options })
      phones.push(phone)
      return phone
    },
    /** Calls the server as a person: gives { status, body }. */
    api: (who, method, at_, body) => callApi(base, person(who).token, method, at_, body),
    /** Turns the town's clock and WeChat's with it. */
    setClock: (instant) => post(`${base}/demo/clock`, { at: instant }),
    /** A fresh binding code for the person who is bound to no WeChat yet: { code, name }. */
    bindCode: () => post(`${base}/demo/bind-code`, {}),
    /** Pulls a lever of the stand-in, as tests/wechat/README.md lists them. */
    wechat: (lever, body) => post(`${control}/${lever}`, body),
    /** The WeChat messages this person has been sent. */
    inbox: async (who) => (await fetch(`${control}/inbox/${person(who).openid}`)).json(),
    async close() {
      await browser.close()
      await host.close()
      await proxy?.close()
      await town.stop()
      if (database) dropDatabase(process.env.DATABASE_URL, name)
      fs.rmSync(dir, { recursive: true, force: true })
      for (const phone of phones) phone.assertNoErrors()
    },
  }
}

let built
/** Test files of one run share what was built before them; alone they build for themselves. */
function buildOnce() {
  if (process.env.TUHE_PHONE_BUILT) return { problems: [] }
  return (built ??= build())
}

async function startTown({ dir, at, name, database }) {
  const ready = path.join(dir, 'ready.json')
  const env = {
    ...process.env,
    TUHE_VAR: path.join(dir, 'var'),
    TUHE_LISTEN: '127.0.0.1:0',
    TUHE_REDIS_PREFIX: `${name}:`,
  }
  if (database) env.DATABASE_URL = database
  const child = spawn(program(), ['demo', '--at', at, '--ready', ready, '--exit-with-stdin'], {
    env,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-4000)))
  const ended = new Promise((resolve) => {
    child.once('close', resolve)
    child.once('error', (error) => {
      said += `${error.message}; build it first: cargo build -p tuhe -p wechat-stand-in`
      resolve(null)
    })
  })
  const failed = ended.then((code) => Promise.reject(new Error(`tuhe demo ended (${code}):\n${said}`)))
  failed.catch(() => {})
  await Promise.race([appears(ready, () => child.exitCode !== null || child.pid === undefined), failed])
  if (!fs.existsSync(ready)) await failed
  const facts = JSON.parse(fs.readFileSync(ready, 'utf8'))
  return {
    facts,
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}

async function appears(file, gaveUp) {
  const deadline = Date.now() + START_MS
  while (!fs.existsSync(file) && !gaveUp()) {
    if (Date.now() > deadline) throw new Error('tuhe demo is not ready in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function psql(url, statement) {
  const places = fs.existsSync('/usr/lib/postgresql')
    ? fs
        .readdirSync('/usr/lib/postgresql')
        .sort((a, b) => b - a)
        .map((v) => `/usr/lib/postgresql/${v}/bin/psql`)
    : []
  const found = places.find((place) => fs.existsSync(place)) ?? 'psql'
  execFileSync(found, ['-Xq', '-d', url, '-c', statement])
}

function createDatabase(url, name) {
  psql(url, `create database ${name}`)
  const [base, rest = ''] = url.split(/(?=\?)/)
  return `${base.slice(0, base.lastIndexOf('/'))}/${name}${rest}`
}

const dropDatabase = (url, name) => psql(url, `drop database if exists ${name} with (force)`)

async function callApi(base, token, method, at, body) {
  const response = await fetch(`${base}${at}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'x-client': 'test/1; schema=1', 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: text && JSON.parse(text) }
}

async function post(url, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return response.json()
}
