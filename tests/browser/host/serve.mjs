// The preview: the built mini-program at /phone/, `/api` passed on to the server, WeChat's answers from the stand-in.
// It never ships; the server itself knows nothing of it.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { forward } from './serve/forward.mjs'
import { pickerPage } from './serve/picker.mjs'
import { standInCalls } from './serve/standin.mjs'
import { DIST } from './build.mjs'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.svg': 'image/svg+xml',
}

/**
 * Serves on 127.0.0.1. `upstream` is the server's address and may be changed while it runs (`host.upstream`); `town` is
 * whom to ask for the time, where something else stands between. `people` are { openid, name, role }. Gives
 * { url, upstream, close }.
 */
export async function serve({ upstream, town = upstream, control, people, port = 0, dist = DIST }) {
  const host = { upstream }
  const wechat = standInCalls(control)
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://host')
    if (/^\/(api|photos)\//.test(pathname)) return forward(host.upstream, request, response)
    if (request.method === 'POST' && pathname.startsWith('/phone/host/')) {
      return wechat(pathname.slice('/phone/host/'.length), request, response)
    }
    if (request.method !== 'GET') return refuse(response, 405)
    if (pathname === '/' || pathname === '/phone') return redirect(response, '/phone/')
    if (pathname === '/phone/') return page(response, pickerPage(people))
    if (pathname === '/phone/app/') return openApp(response, searchParams)
    if (pathname.startsWith('/phone/app/')) return file(response, pathname.slice('/phone/app/'.length))
    return refuse(response, 404)
  })

  let clock = 0
  const openApp = async (response, search) => {
    clock = await clockOf(town, clock)
    const person = people.find(({ openid }) => openid === search.get('as'))
    // Somebody without a login is a phone that has never been bound.
    const phone = {
      ...(person ?? { openid: search.get('as') ?? 'stranger', name: '新用户', role: '' }),
      device: search.get('phone') ?? '1',
      clock,
    }
    const html = fs.readFileSync(path.join(dist, 'index.html'), 'utf8')
    page(response, html.replace('/*phone*/', `globalThis.__phone=${JSON.stringify(phone).replaceAll('<', '\\u003c')}`))
  }
  const file = (response, name) => {
    const at = path.join(dist, path.normalize(`/${decodeURIComponent(name)}`))
    const type = TYPES[path.extname(at)]
    if (!type || !fs.existsSync(at)) return refuse(response, 404)
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' })
    return fs.createReadStream(at).pipe(response)
  }

  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  host.url = `http://127.0.0.1:${server.address().port}/phone/`
  host.close = () =>
    new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  return host
}

/** How far the town's clock is from this machine's, in milliseconds; `known` where the town does not answer. */
async function clockOf(town, known) {
  try {
    const { headers } = await fetch(`${town}/healthz`, { signal: AbortSignal.timeout(2000) })
    const off = Date.parse(headers.get('date')) - Date.now()
    // The header has whole seconds.
    return Math.abs(off) < 2000 ? 0 : off
  } catch {
    return known
  }
}

function page(response, html) {
  response.writeHead(200, { 'content-type': TYPES['.html'], 'cache-control': 'no-store' })
  response.end(html)
}

function redirect(response, location) {
  response.writeHead(302, { location })
  response.end()
}

function refuse(response, status) {
  response.writeHead(status)
  response.end()
}
