// Requests, uploads and the network's state. Every address of the mini-program's server is served by this page's host.
import { files } from '../files.mjs'
import { levers } from '../levers.mjs'
import { call, deliver, failure, listeners } from './async.mjs'

const DEFAULT_TIMEOUT_MS = 60_000

const networkType = () => levers.network ?? (navigator.onLine ? 'wifi' : 'none')
const isCut = () => networkType() === 'none'

/** In WeChat an address is absolute; whatever its host, here it is this one. */
function here(address) {
  const url = new URL(address, location.href)
  return location.origin + url.pathname + url.search
}

/** A running XMLHttpRequest with WeChat's words for how it can fail. */
function send(name, { url, method, header, body, timeout, responseType }) {
  const request = new XMLHttpRequest()
  const progress = listeners()
  const answer = new Promise((resolve, reject) => {
    const refuse = (why) => reject(failure(name, new Error(`${name}:fail ${why}`)))
    if (isCut()) {
      setTimeout(() => refuse('net::ERR_INTERNET_DISCONNECTED'))
      return
    }
    request.open(method, here(url))
    for (const [key, value] of Object.entries(header)) {
      if (value !== undefined) request.setRequestHeader(key, value)
    }
    request.responseType = responseType ?? 'text'
    request.timeout = timeout ?? DEFAULT_TIMEOUT_MS
    request.onload = () => resolve(request)
    request.onerror = () => refuse('net::ERR_CONNECTION_RESET')
    request.ontimeout = () => refuse('timeout')
    request.onabort = () => refuse('abort')
    request.upload.onprogress = ({ loaded, total }) =>
      progress.tell({
        progress: Math.floor((100 * loaded) / total),
        totalBytesSent: loaded,
        totalBytesExpectedToSend: total,
      })
    request.send(body)
  })
  return { request, answer, progress }
}

const headersOf = (request) =>
  Object.fromEntries(
    request
      .getAllResponseHeaders()
      .trim()
      .split('\r\n')
      .filter(Boolean)
      .map((line) => line.split(/:\s*(.*)/s).slice(0, 2)),
  )

/** A task, never a promise: like WeChat, these call back. */
const task = ({ request, progress }) => ({
  abort: () => request.abort(),
  onProgressUpdate: progress.on,
  offProgressUpdate: progress.off,
  onHeadersReceived() {},
  offHeadersReceived() {},
})

function request(options) {
  const method = (options.method ?? 'GET').toUpperCase()
  if (method === 'PATCH') throw new Error('request:fail WeChat has no PATCH')
  const { data, dataType = 'json', responseType, timeout } = options
  let { url } = options
  let body
  if (data !== undefined && method === 'GET') {
    const query = new URLSearchParams(Object.entries(data).filter(([, value]) => value !== undefined)).toString()
    if (query) url += (url.includes('?') ? '&' : '?') + query
  } else if (data !== undefined) {
    body = typeof data === 'string' || data instanceof ArrayBuffer ? data : JSON.stringify(data)
  }
  const header = { 'content-type': 'application/json', ...options.header }
  const sent = send('request', { url, method, header, body, timeout, responseType })
  const answer = sent.answer.then((done) => ({
    errMsg: 'request:ok',
    statusCode: done.status,
    data: responseType === 'arraybuffer' || dataType !== 'json' ? done.response : asJson(done.response),
    header: headersOf(done),
    cookies: [],
  }))
  deliver(answer, options)
  return task(sent)
}

/** WeChat hands over the raw text where it is not JSON. */
function asJson(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function uploadFile(options) {
  const { url, filePath, name, formData = {}, header = {}, timeout } = options
  let current
  let aborted = false
  const progress = listeners()
  const answer = (async () => {
    const blob = await files.blob(filePath).catch((error) => Promise.reject(failure('uploadFile', error)))
    const form = new FormData()
    for (const [key, value] of Object.entries(formData)) form.append(key, String(value))
    form.append(name, blob, filePath.split('/').pop())
    if (aborted) throw failure('uploadFile', new Error('uploadFile:fail abort'))
    current = send('uploadFile', { url, method: 'POST', header: withoutType(header), body: form, timeout })
    current.progress.on(progress.tell)
    const done = await current.answer
    return { errMsg: 'uploadFile:ok', statusCode: done.status, data: done.response, header: headersOf(done) }
  })()
  deliver(answer, options)
  const abort = () => {
    aborted = true
    current?.request.abort()
  }
  return task({ request: { abort }, progress })
}

/** The boundary has to come from the browser. */
const withoutType = (header) =>
  Object.fromEntries(Object.entries(header).filter(([key]) => key.toLowerCase() !== 'content-type'))

function downloadFile(options) {
  const { url, header = {}, timeout, filePath } = options
  const sent = send('downloadFile', { url, method: 'GET', header, timeout, responseType: 'blob' })
  const answer = sent.answer.then(async (done) => {
    const result = { errMsg: 'downloadFile:ok', statusCode: done.status, header: headersOf(done) }
    if (!filePath) return { ...result, tempFilePath: files.temp(done.response) }
    const bytes = new Uint8Array(await done.response.arrayBuffer())
    files.admit(filePath, bytes)
    await files.change({ put: [[filePath, { bytes, time: Date.now() }]] })
    return { ...result, filePath }
  })
  deliver(answer, options)
  return task(sent)
}

const changes = listeners()
export const networkChanged = () => changes.tell({ isConnected: !isCut(), networkType: networkType() })
export const watchNetwork = () => ['online', 'offline'].forEach((type) => addEventListener(type, networkChanged))

export const networkCalls = () => ({
  request,
  uploadFile,
  downloadFile,
  getNetworkType: call('getNetworkType', () => ({ networkType: networkType() })),
  onNetworkStatusChange: changes.on,
  offNetworkStatusChange: changes.off,
})
