// The only place that talks to the network. Knows nothing of who is logged in: `session.ts` puts the token in.

import { heard } from './clock'
import { baseUrl, CLIENT } from './config'
import { ApiError } from './errors'
import { answered, unanswered } from './network'

export { ApiError } from './errors'

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/api/v1/…` */
  path: string
  query?: Record<string, string | number | boolean | undefined>
  body?: object
  token?: string
  /** Milliseconds; the default suits a weak signal. */
  timeout?: number
}

export interface Upload {
  path: string
  /** A file on the phone. */
  file: string
  /** The form's name for it. */
  name: string
  fields: Record<string, string>
  token?: string
  timeout?: number
}

/** A POST that carries bytes or nothing, and whose answer is its headers. */
export interface Post {
  path: string
  header: Record<string, string>
  data?: ArrayBuffer
  token?: string
  timeout?: number
}

const TIMEOUT = 20_000
/** A photo of 400 KB over 2G takes a minute or two; the server itself gives up after three. */
const UPLOAD_TIMEOUT = 180_000

interface Raw {
  statusCode: number
  data: unknown
  header: Record<string, string>
}

/** Sends one request and gives the JSON that came back, or throws an ApiError. */
export function send<T>(call: Call): Promise<T> {
  return new Promise<Raw>((resolve, reject) => {
    wx.request({
      url: baseUrl() + call.path + queryString(call.query),
      method: call.method,
      header: headers(call.token, true),
      ...(call.body === undefined ? {} : { data: JSON.stringify(call.body) }),
      // Parsed below: with `json` WeChat hands over unparsable text as if it were an answer.
      dataType: 'text',
      timeout: call.timeout ?? TIMEOUT,
      success: (answer) => resolve(answer as unknown as Raw),
      fail: (failure) => reject(noAnswer(failure.errMsg)),
    })
  }).then((raw) => read<T>(raw))
}

/** Sends a POST of bytes; gives the headers of the answer by their names in small letters. */
export function post(call: Post): Promise<Record<string, string | undefined>> {
  return new Promise<Raw>((resolve, reject) => {
    wx.request({
      url: baseUrl() + call.path,
      method: 'POST',
      header: { ...headers(call.token, false), ...call.header },
      ...(call.data === undefined ? {} : { data: call.data }),
      dataType: 'text',
      timeout: call.timeout ?? TIMEOUT,
      success: (answer) => resolve(answer as unknown as Raw),
      fail: (failure) => reject(noAnswer(failure.errMsg)),
    })
  }).then((raw) => {
    // Whoever stands between us and the town says 200 without a word of the protocol.
    if (raw.statusCode >= 300 || headerOf(raw.header, 'tus-resumable') === undefined) {
      return read<never>(raw.statusCode < 300 ? { ...raw, data: '' } : raw)
    }
    heard(headerOf(raw.header, 'date'))
    answered()
    return Object.fromEntries(Object.entries(raw.header).map(([name, value]) => [name.toLowerCase(), value]))
  })
}

/** Sends one file as a form. */
export function upload<T>(call: Upload): Promise<T> {
  return new Promise<Raw>((resolve, reject) => {
    wx.uploadFile({
      url: baseUrl() + call.path,
      filePath: call.file,
      name: call.name,
      formData: call.fields,
      header: headers(call.token, false),
      timeout: call.timeout ?? UPLOAD_TIMEOUT,
      success: (answer) => resolve({ header: {}, ...(answer as unknown as Omit<Raw, 'header'>) }),
      fail: (failure) => reject(noAnswer(failure.errMsg)),
    })
  }).then((raw) => read<T>(raw))
}

/** The address of a picture the server gave a signed link to. */
export function pictureUrl(link: string): string {
  return /^https?:/.test(link) ? link : baseUrl() + link
}

function headers(token: string | undefined, json: boolean): Record<string, string> {
  return {
    'X-Client': CLIENT,
    ...(json ? { 'content-type': 'application/json' } : {}),
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
  }
}

function queryString(query: Call['query']): string {
  const parts = Object.entries(query ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
  return parts.length > 0 ? `?${parts.join('&')}` : ''
}

function read<T>(raw: Raw): T {
  const body = parse(raw.data)
  heard(headerOf(raw.header, 'date'))
  if (raw.statusCode >= 200 && raw.statusCode < 300 && body !== undefined) {
    answered()
    return body as T
  }
  if (isProblem(body)) {
    answered()
    const wait = Number(headerOf(raw.header, 'retry-after') ?? NaN)
    throw new ApiError(body.code, body.message, raw.statusCode, {
      details: body.details,
      retryAfter: Number.isFinite(wait) ? wait : null,
    })
  }
  // A hotel's or a village's Wi-Fi that wants a login, a gateway in between, an answer cut short: not the town's word,
  // and never a reason to give up on what somebody has filled in.
  unanswered()
  if (raw.statusCode >= 500) {
    throw new ApiError('client.unavailable', '镇里的系统暂时连不上,请稍后再试,已填的内容都在手机里。', raw.statusCode)
  }
  throw new ApiError('client.not_ours', '网络不通畅(可能要先登录所连的无线网),请换个网络再试。', raw.statusCode)
}

interface Problem {
  code: string
  message: string
  details?: unknown
}

function isProblem(body: unknown): body is Problem {
  const problem = body as Partial<Problem> | null | undefined
  return typeof problem?.code === 'string' && typeof problem.message === 'string'
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return data ?? undefined
  try {
    return JSON.parse(data) as unknown
  } catch {
    return undefined
  }
}

function headerOf(header: Record<string, string> | undefined, name: string): string | undefined {
  const key = Object.keys(header ?? {}).find((key) => key.toLowerCase() === name)
  return key === undefined ? undefined : header?.[key]
}

function noAnswer(errMsg: string): ApiError {
  unanswered()
  if (/time ?out/i.test(errMsg)) {
    return new ApiError('client.timeout', '网络太慢,没有等到回音,请到信号好些的地方再试。')
  }
  if (/domain list|invalid url/i.test(errMsg)) {
    return new ApiError('client.domain', '小程序的服务器地址还没有配置好,请联系镇党建办。')
  }
  return new ApiError('client.offline', '现在连不上网络,请稍后再试,已填的内容都在手机里。')
}
