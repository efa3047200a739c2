// The phone's files. User files live in IndexedDB and outlive the page; a mirror in memory answers at once. A write
// resolves when it is on disk, and not before: a test that kills the page afterwards must find it.
import { keptAs, levers } from './levers.mjs'

export const USER = 'wxfile://usr'
const STORE = 'wxfile://store'
const TEMP = 'wxfile://tmp'

export class FileError extends Error {
  constructor(errCode, message) {
    super(message)
    this.extra = { errCode, errno: errCode }
  }
}
const missing = (path) => new FileError(1300002, `no such file or directory ${path}`)

/** path → { bytes } or { folder: true }, each with `time`. */
const kept = new Map([[USER, { folder: true, time: 0 }]])
const temporary = new Map()
const urls = new Map()
let database
let counter = 0
let writing = Promise.resolve()

const parentOf = (path) => path.slice(0, path.lastIndexOf('/'))
const isUser = (path) => path === USER || path.startsWith(`${USER}/`)

export const files = {
  async open() {
    database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(keptAs('files'), 1)
      request.onupgradeneeded = () => request.result.createObjectStore('files')
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    const store = database.transaction('files').objectStore('files')
    const [paths, entries] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())])
    paths.forEach((path, i) => kept.set(path, entries[i]))
  },

  /** A temporary file, gone with the page, as after a restart of WeChat. */
  temp(blob, suffix) {
    counter += 1
    const path = `${TEMP}/${Date.now().toString(36)}-${counter}.${suffix ?? blob.type.split('/')[1] ?? 'bin'}`
    temporary.set(path, blob)
    return path
  },

  freshStorePath: (suffix) => `${STORE}/${crypto.randomUUID()}.${suffix}`,

  exists: (path) => temporary.has(path) || kept.has(trim(path)),

  entry(path) {
    const found = kept.get(trim(path))
    if (!found) throw missing(path)
    return found
  },

  async bytes(path) {
    const blob = temporary.get(path)
    return blob ? new Uint8Array(await blob.arrayBuffer()) : files.bytesNow(path)
  },

  bytesNow(path) {
    const { bytes, folder } = files.entry(path)
    if (folder) throw new FileError(1301003, `illegal operation on a directory ${path}`)
    return bytes
  },

  async blob(path) {
    return temporary.get(path) ?? new Blob([files.bytesNow(path)], { type: typeOf(path) })
  },

  dropTemp: (path) => temporary.delete(path),

  /** Checks that `bytes` may be written to `path`; a refusal leaves everything as it was. */
  admit(path, bytes) {
    if (!isUser(path) && !path.startsWith(`${STORE}/`)) throw new FileError(1300013, `permission denied, open ${path}`)
    if (isUser(path) && !kept.get(parentOf(path))?.folder) throw missing(path)
    const old = kept.get(path)?.bytes?.length ?? 0
    if (files.used() - old + bytes.length > levers.fileQuota) {
      throw new FileError(1300202, 'the maximum size of the file storage limit is exceeded')
    }
  },

  used: () => [...kept.values()].reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0),

  /** Writes and removes together: either all of it is on disk or none of it. */
  async change({ put = [], remove = [] }) {
    const turn = writing.then(() => onDisk(put, remove))
    writing = turn.catch(() => {})
    await turn
    inMirror(put, remove)
  },

  /** For the `…Sync` calls: the mirror changes now, the disk right after. */
  changeNow({ put = [], remove = [] }) {
    inMirror(put, remove)
    writing = writing.then(() => onDisk(put, remove))
  },

  list(path) {
    if (!files.entry(path).folder) throw new FileError(1300020, `not a directory ${path}`)
    const inside = `${trim(path)}/`
    const names = [...kept.keys()].filter((at) => at.startsWith(inside)).map((at) => at.slice(inside.length))
    return names.filter((name) => !name.includes('/')).sort()
  },

  saved: () => [...kept].filter(([path]) => path.startsWith(`${STORE}/`)),

  /** What an <img> can show for a path of the mini-program. */
  url(path) {
    if (!path.startsWith('wxfile://')) return path
    if (!urls.has(path)) {
      const bytes = kept.get(trim(path))?.bytes
      const blob = temporary.get(path) ?? (bytes && new Blob([bytes], { type: typeOf(path) }))
      if (!blob) return `data:,${encodeURIComponent(path)}`
      urls.set(path, URL.createObjectURL(blob))
    }
    return urls.get(path)
  },
}

const trim = (path) => path.replace(/\/$/, '')
const typeOf = (path) => ({ png: 'image/png', webp: 'image/webp' })[path.split('.').pop()] ?? 'image/jpeg'

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function onDisk(put, remove) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction('files', 'readwrite', { durability: 'strict' })
    const store = transaction.objectStore('files')
    for (const [path, entry] of put) store.put(entry, path)
    for (const path of remove) store.delete(path)
    transaction.oncomplete = resolve
    transaction.onerror = transaction.onabort = () => reject(transaction.error)
  })
}

function inMirror(put, remove) {
  for (const path of [...remove, ...put.map(([to]) => to)]) {
    if (urls.has(path)) URL.revokeObjectURL(urls.get(path))
    urls.delete(path)
  }
  for (const path of remove) kept.delete(path)
  for (const [path, entry] of put) kept.set(path, entry)
}
