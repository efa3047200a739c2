// The fixture built and served, with a stand-in and a server of a few lines behind it.
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import fs from 'node:fs'
import { launchBrowser } from '../../lib/browser.mjs'
import { Phone } from '../../lib/phone.mjs'
import { build } from '../build.mjs'
import { serve } from '../serve.mjs'

export const PERSON = { openid: 'demo-li', name: '李卫国', role: '村党组织书记' }

async function listen(handler) {
  const server = http.createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    handler(request, response, Buffer.concat(chunks))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${server.address().port}` }
}

/** { host, browser, calls, requests, open, close } */
export async function fixture() {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'tuhe-fixture-'))
  const { problems } = await build({ src: path.resolve(import.meta.dirname, '../fixture'), out })
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const calls = []
  const requests = []
  const control = await listen((request, response, body) => {
    calls.push([request.url, JSON.parse(body)])
    const { templates = [], choice } = JSON.parse(body)
    const results = Object.fromEntries(templates.map((id) => [id, choice?.replace('_always', '')]))
    response.end(
      JSON.stringify(
        request.url === '/login_code' ? { code: 'code-1' } : { errMsg: 'requestSubscribeMessage:ok', ...results },
      ),
    )
  })
  const upstream = await listen((request, response, body) => {
    requests.push({ method: request.method, url: request.url, headers: request.headers, body })
    if (request.url === '/api/slow') return setTimeout(() => response.end('{}'), 3000)
    if (request.url === '/api/cut') return request.socket.destroy()
    response.writeHead(request.url.startsWith('/api/no?') ? 409 : 200, { 'content-type': 'application/json' })
    return response.end(JSON.stringify({ got: request.method, bytes: body.length }))
  })
  const host = await serve({ upstream: upstream.url, control: control.url, people: [PERSON], dist: out })
  const browser = await launchBrowser()
  return {
    host,
    browser,
    calls,
    requests,
    open: (options) => Phone.open(browser, host.url, { openid: PERSON.openid, ...options }),
    async close() {
      await browser.close()
      await host.close()
      for (const { server } of [control, upstream]) server.close()
      fs.rmSync(out, { recursive: true, force: true })
    },
  }
}

/** Calls `wx[name](options)` on the phone and gives { ok } or { failed }. */
export const callWx = (phone, name, options = {}) =>
  phone.page.evaluate(
    ([key, given]) =>
      new Promise((resolve) => {
        globalThis.wx[key]({
          ...given,
          success: (ok) => resolve({ ok }),
          fail: (failed) => resolve({ failed: { ...failed } }),
        })
      }),
    [name, options],
  )
