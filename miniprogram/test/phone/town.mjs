// A town in memory, for tests that are about the phone: it answers like the server, and says no when told to.

import { createHash } from 'node:crypto'
import { Pieces } from './pieces.mjs'

export const TOWN = '01900000-0000-7000-8000-00000000000a'
export const LI = { town_id: TOWN, town_name: '图河镇', person_id: 'li', person_name: '李卫国' }
export const WANG = { town_id: TOWN, town_name: '图河镇', person_id: 'wang', person_name: '王秀英' }

export class Town {
  constructor() {
    this.records = new Map()
    this.photos = new Map()
    this.pieces = new Pieces(this.photos)
    this.grants = []
    this.log = []
    this.logins = 0
    this.tokens = new Map()
    /** Whom WeChat takes the phone for. */
    this.member = LI
    /** `({ method, path, body }) => answer | undefined`: what happens instead. */
    this.instead = () => undefined
    this.date = () => new Date().toUTCString()
  }

  /** As options of `launch`. */
  get options() {
    return { answer: (request) => this.answer(request), loginCode: async () => 'code', speed: 1000 }
  }

  answer({ method, path, header, body }) {
    const type = header['content-type'] ?? ''
    const bytes = type.startsWith('application/offset')
    const sent = type.startsWith('multipart') ? parts(body) : bytes ? body : body?.length ? JSON.parse(body) : undefined
    this.log.push({ method, path, sent, client: header['X-Client'] })
    const instead = this.instead({ method, path, body: sent })
    if (instead !== undefined) return instead
    if (path === '/api/v1/login' || path === '/api/v1/bind') return this.login()
    const me = this.tokens.get(header.Authorization?.replace('Bearer ', ''))
    if (!me) return problem(401, 'identity.login_required', '请先登录。')
    if (path === '/api/v1/photos') return this.photo(sent)
    if (path.startsWith('/api/v1/uploads')) return this.pieces.answer({ path, header, body: sent })
    if (path === '/api/v1/grants' && method === 'GET')
      return this.say({ left: 1, words: '还可收到1次微信提醒', template_id: 'T1' })
    if (path === '/api/v1/grants') {
      this.grants.push(sent)
      return this.say({ left: 2, words: '还可收到2次微信提醒', template_id: 'T1' })
    }
    if (path === '/api/v1/feedback')
      return this.say({ id: sent.id, number: '2026-1', received_at: '2026-11-25T10:00:00+08:00' })
    if (sent?.record) return this.submit(me, sent)
    return this.say({ person_id: me.person_id })
  }

  login() {
    this.logins += 1
    if (!this.member) return this.say({ memberships: [] })
    const token = `token-${this.logins}`
    this.tokens.set(token, this.member)
    return this.say({ token, memberships: [this.member] })
  }

  photo({ sha256, file }) {
    const hash = createHash('sha256').update(file).digest('hex')
    if (hash !== sha256)
      return problem(422, 'photo.hash_mismatch', '照片在传输中损坏了,请重新上传,手机里的照片请保留。')
    const existed = this.photos.has(hash)
    this.photos.set(hash, file)
    return this.say({ hash, width: 64, height: 48, existed })
  }

  submit(me, { record, ...facts }) {
    const known = this.records.get(record.id) ?? { versions: [] }
    const content = JSON.stringify({ ...record, ...facts })
    const stored = known.versions.find((version) => version.id === record.version_id)
    if (stored && stored.content !== content)
      return problem(409, 'checkin.id_reused', '这个编号已经用于另一条不同的记录。')
    if (!stored) {
      const current = known.versions.at(-1)?.id
      if (record.base_version && !current) return problem(422, 'checkin.base_unknown', '要修改的记录不存在。')
      if (current && record.base_version !== current) {
        return problem(409, 'checkin.version_conflict', '别人刚修改过这条记录。', { current_version: current })
      }
      known.versions.push({ id: record.version_id, content, photos: record.photos, writer: me.person_id })
      this.records.set(record.id, known)
    }
    return this.say(this.receipt(record, known))
  }

  receipt(record, { versions }) {
    const current = versions.at(-1)
    const missing = current.photos.map((photo) => photo.hash).filter((hash) => !this.photos.has(hash))
    return {
      record_id: record.id,
      version_id: record.version_id,
      current_version: current.id,
      state: missing.length > 0 ? 'awaiting_photos' : 'submitted',
      received_at: '2026-11-25T10:00:00+08:00',
      complete: missing.length === 0,
      missing,
      photos_short: 0,
      duties: [],
      not_counted: [],
      needs_confirmation: false,
    }
  }

  say(data) {
    return {
      statusCode: 200,
      header: { Date: this.date(), 'content-type': 'application/json' },
      data: JSON.stringify(data),
    }
  }
}

export function problem(statusCode, code, message, details) {
  return { statusCode, header: {}, data: JSON.stringify({ code, message, ...(details ? { details } : {}) }) }
}

export const BAD_GATEWAY = { statusCode: 502, header: {}, data: '<h1>Bad Gateway</h1>' }
export const PORTAL = { statusCode: 200, header: {}, data: '<form>请先登录无线网</form>' }

/** The fields of our own multipart form. */
function parts(body) {
  const text = body.toString('latin1')
  const boundary = text.slice(0, text.indexOf('\r\n'))
  const fields = {}
  for (const part of text.split(boundary).slice(1, -1)) {
    const at = part.indexOf('\r\n\r\n')
    const name = /name="([^"]+)"/.exec(part)[1]
    const value = part.slice(at + 4, -2)
    fields[name] = name === 'file' ? Buffer.from(value, 'latin1') : value
  }
  return fields
}
