// The real town for the schedules: PostgreSQL, Redis, the WeChat stand-in and the server, from the binaries as built.
// Nothing is shared with a demo somebody may be running.

import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where the binaries are: `--bin`, TUHE_BIN, or the newest build of the working tree. */
export function binaries(given) {
  const root = path.resolve(import.meta.dirname, '../../..')
  const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target')
  const places = given ? [given] : [process.env.TUHE_BIN, path.join(target, 'fast'), path.join(target, 'debug')]
  const found = places.filter((place) => place && fs.existsSync(path.join(place, 'tuhe')))
  if (found.length === 0) throw new Error(`no tuhe binary in ${places.join(', ')}; build it, or give --bin FOLDER`)
  return found[0]
}

export async function startTown(bin) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tuhe-faults-'))
  fs.chmodSync(folder, 0o711)
  const children = []
  const stop = async () => {
    for (const child of children.reverse()) await ended(child)
    fs.rmSync(folder, { recursive: true, force: true })
  }
  try {
    const services = start(children, path.join(bin, 'tuhe'), ['services', '--dir', path.join(folder, 'services')], {})
    const stores = await lines(services, (text) => {
      const database = /DATABASE_URL=['"]?([^\s'"]+)/.exec(text)?.[1]
      const redis = /REDIS_URL=['"]?([^\s'"]+)/.exec(text)?.[1]
      return database && redis ? { DATABASE_URL: database, REDIS_URL: redis } : null
    })
    const demo = start(children, path.join(bin, 'tuhe'), ['demo', '--at', '10:00'], {
      ...stores,
      TUHE_VAR: path.join(folder, 'var'),
      TUHE_LISTEN: '127.0.0.1:0',
      TUHE_TRUSTED_PROXIES: '127.0.0.1',
      TUHE_LOG: 'error',
    })
    const { base, wx } = await lines(demo, (text) => {
      const [, base, wx] = /export BASE=(\S+) WX=(\S+)/.exec(text) ?? []
      return base && text.includes('export AWAY=') ? { base, wx } : null
    })
    return {
      base,
      stop,
      /** What `wx.login` gives a person. */
      loginCode: async (openid) => {
        const answer = await fetch(`${wx}/login_code`, { method: 'POST', body: JSON.stringify({ openid }) })
        return (await answer.json()).code
      },
      /** Rows of a query, as lists of text. */
      ask: async (query) => {
        const args = ['-X', '-A', '-t', '-F', '|', '-c', query, stores.DATABASE_URL]
        const { stdout } = await run('psql', args, { maxBuffer: 64 * 1024 * 1024 })
        return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('|')]))
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function start(children, program, args, env) {
  // Its standard input stays open as long as we live: the services end with it.
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  return child
}

/** Reads what a child prints until `find` finds what it looks for. */
function lines(child, find) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part) => {
      text += part
      const found = find(text)
      if (found) resolve(found)
    })
    child.on('exit', (code) => reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}: ${text}`)))
  })
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.on('exit', resolve)
    child.stdin.end()
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
  })
}
