// The town's side of photos in pieces (tus 1.0), in memory.

import { createHash } from 'node:crypto'

const sha256 = (bytes, as) => createHash('sha256').update(bytes).digest(as)
const problem = (statusCode, code, details) => ({
  statusCode,
  header: { 'Tus-Resumable': '1.0.0' },
  data: JSON.stringify({ code, message: '照片请保留。', ...(details ? { details } : {}) }),
})

export class Pieces {
  constructor(photos) {
    this.photos = photos
    /** By hash: what there is of each. */
    this.begun = new Map()
    /** Lengths of the pieces taken, in order. */
    this.taken = []
  }

  answer({ path, header, body }) {
    if (header['Tus-Resumable'] !== '1.0.0') return problem(412, 'upload.version')
    const hash = path.split('/')[4]
    return hash === undefined ? this.begin(header) : this.append(this.begun.get(hash), hash, header, body)
  }

  begin(header) {
    const hash = Buffer.from(/^sha256 (\S+)$/.exec(header['Upload-Metadata'])[1], 'base64').toString()
    const upload = this.begun.get(hash) ?? { bytes: Buffer.alloc(0), length: Number(header['Upload-Length']) }
    this.begun.set(hash, upload)
    return this.say(201, { Location: `/api/v1/uploads/${hash}`, 'Upload-Offset': String(upload.bytes.length) })
  }

  append(upload, hash, header, piece) {
    if (header['X-HTTP-Method-Override'] !== 'PATCH') return problem(405, 'request.method')
    if (!upload) return problem(404, 'access.not_found')
    const offset = upload.bytes.length
    if (header['Upload-Offset'] !== String(offset)) return problem(409, 'upload.offset', { offset })
    if (header['Upload-Checksum'] !== `sha256 ${sha256(piece, 'base64')}`) return problem(460, 'upload.checksum')
    this.taken.push(piece.length)
    upload.bytes = Buffer.concat([upload.bytes, piece])
    if (upload.bytes.length === upload.length) {
      if (sha256(upload.bytes, 'hex') !== hash) return problem(422, 'photo.hash_mismatch')
      this.photos.set(hash, upload.bytes)
    }
    return this.say(204, { 'Upload-Offset': String(upload.bytes.length) })
  }

  say(statusCode, header) {
    return { statusCode, header: { 'Tus-Resumable': '1.0.0', ...header }, data: '' }
  }
}
