// A network that fails. One connection carries one request; what happens to it is decided by the schedule that owns the
// phone (told by X-Forwarded-For, which the phone's stub sends so that the server's limits see different addresses).

import net from 'node:net'

/** Where a request may be cut, and what else may happen to it. */
export const FAULTS = [
  'before-request',
  'in-headers',
  'in-body',
  'after-body',
  'after-deed',
  'in-response',
  'late-ghost',
  'twice',
  'slow',
  'gateway',
  'portal',
  'corrupt',
]

/** `decide(owner, request)` gives the fault for a request, or null; `request` is its first line. */
export async function startProxy(target, decide) {
  const { hostname, port } = new URL(target)
  const counts = {}
  const connect = () => {
    const server = net.connect(Number(port), hostname)
    server.on('error', () => server.destroy())
    return server
  }
  const proxy = net.createServer((phone) => {
    phone.on('error', () => phone.destroy())
    read(phone, (request) => {
      const fault = decide(request.owner, request)
      const name = fault?.name ?? 'none'
      counts[name] = (counts[name] ?? 0) + 1
      carry(phone, request.bytes, fault, connect, request.headerLength)
    })
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${proxy.address().port}`,
    counts,
    close: () => new Promise((resolve) => proxy.close(resolve)),
  }
}

/** Reads one request whole. */
function read(phone, done) {
  let bytes = Buffer.alloc(0)
  let length = null
  let headerLength = 0
  const owners = /x-forwarded-for: (\S+)/i
  phone.on('data', (part) => {
    bytes = Buffer.concat([bytes, part])
    if (length === null) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      headerLength = end + 4
      const head = bytes.subarray(0, end).toString('latin1')
      length = headerLength + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      phone.owner = owners.exec(head)?.[1]
      phone.line = head.split('\r\n')[0]
    }
    if (bytes.length >= length) done({ bytes, headerLength, owner: phone.owner, line: phone.line })
  })
}

function carry(phone, bytes, fault, connect, headerLength) {
  const cut = () => phone.destroy()
  /** Sends `part` to the server and nothing more. */
  const sendPart = (length) => {
    const server = connect()
    server.write(bytes.subarray(0, length), () => setTimeout(() => server.destroy(), 2))
    server.resume()
    cut()
  }
  /** Sends the request whole; gives the whole answer. */
  const exchange = (content = bytes) =>
    new Promise((resolve) => {
      const server = connect()
      const parts = []
      server.on('data', (part) => parts.push(part))
      server.on('close', () => resolve(Buffer.concat(parts)))
      server.write(closing(content))
    })
  const answer = (content) => phone.end(content)
  const at = fault?.at ?? 0
  switch (fault?.name) {
    case undefined:
      return void exchange().then(answer)
    case 'before-request':
      return cut()
    case 'in-headers':
      return sendPart(1 + Math.floor(at * (headerLength - 1)))
    case 'in-body':
      return sendPart(headerLength + Math.floor(at * (bytes.length - headerLength)))
    case 'after-body':
      return sendPart(bytes.length)
    case 'after-deed':
      return void exchange().then(cut)
    case 'in-response':
      return void exchange().then((content) => {
        phone.write(content.subarray(0, Math.floor(at * content.length)), cut)
      })
    case 'late-ghost':
      // The phone gives up; the request arrives all the same, after the phone's next ones.
      cut()
      return void setTimeout(() => void exchange(), 20 + at * 300)
    case 'twice':
      return void Promise.all([exchange(), exchange()]).then(([first, second]) => answer(at < 0.5 ? first : second))
    case 'slow':
      return void setTimeout(() => void exchange().then(answer), at * 150)
    case 'gateway':
      return answer(page('502 Bad Gateway', '<h1>Bad Gateway</h1>'))
    case 'portal':
      return answer(page('200 OK', '<form>请先登录无线网</form>'))
    case 'corrupt': {
      // A bit flipped in the body: a hash that does not fit, JSON that is none, or words nobody wrote.
      const damaged = Buffer.from(bytes)
      const spot = headerLength + Math.floor(at * Math.max(1, bytes.length - headerLength))
      if (spot < damaged.length) damaged[spot] ^= 1
      return void exchange(damaged).then(answer)
    }
    default:
      throw new Error(`unknown fault ${fault.name}`)
  }
}

/** The proxy reads to the end of the connection, so the server has to end it. */
function closing(bytes) {
  const text = bytes.toString('latin1')
  return Buffer.from(text.replace(/\r\nconnection: [^\r]*/i, '\r\nConnection: close'), 'latin1')
}

function page(status, html) {
  return `HTTP/1.1 ${status}\r\ncontent-type: text/html\r\ncontent-length: ${Buffer.byteLength(html)}\r\nconnection: close\r\n\r\n${html}`
}
