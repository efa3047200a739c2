// The phone of a schedule, in Chromium: the whole mini-program in the web host. Its outbox is reached through
// `__host.modules`; the camera, the files, the storage and the network are the host's.

import { createHash } from 'node:crypto'
import http from 'node:http'
import { Phone } from '../lib/phone.mjs'

/** Milliseconds after a launch within which a planned kill comes. */
const SOON = 1500
/** What Playwright says of a page that is no more. */
const GONE = /closed|destroyed|crashed/

export class ChromiumPhone {
  app = null
  network = '4g'
  skew = 0
  planned = null

  constructor({ browser, hostUrl, darkroom, address }) {
    Object.assign(this, { browser, hostUrl, darkroom, address })
  }

  async launch() {
    if (this.phone) await this.phone.start()
    else await this.first()
    const { page } = this.phone
    await page.evaluate((network) => (globalThis.__host.levers.network = network), this.network)
    this.app = remote(page)
    if (this.planned !== null) this.timer = setTimeout(() => void this.kill(), this.planned)
  }

  /** The phone's clock is set once. Host and bad line know the phone by its address, whoever has it in hand. */
  async first() {
    const levers = { privacy: false, network: this.network }
    this.phone = await Phone.open(this.browser, this.hostUrl, { openid: this.address, levers, clock: this.skew })
    const { context } = this.phone
    await context.setExtraHTTPHeaders({ 'x-forwarded-for': this.address })
  }

  async kill() {
    clearTimeout(this.timer)
    if (!this.app) return
    this.app = null
    await this.phone.kill().catch((error) => {
      if (!GONE.test(error.message)) throw error
    })
  }

  close() {
    return this.phone?.close()
  }

  planKill(random) {
    this.planned = random.below(SOON)
  }

  planNone() {
    this.planned = null
    clearTimeout(this.timer)
  }

  isKill(error) {
    return GONE.test(error.message)
  }

  async until(_app, work) {
    return work
  }

  setClock(skew) {
    this.skew = skew
  }

  async setNetwork(type) {
    this.network = type
    if (!this.app) return
    const turn = (type) => {
      globalThis.__host.levers.network = type
      globalThis.__host.networkChanged()
    }
    await this.phone.page.evaluate(turn, type).catch((error) => {
      if (!GONE.test(error.message)) throw error
    })
  }

  /** The camera as WeChat opens it; gives the temporary file. */
  async camera(bytes) {
    const { page } = this.phone
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.evaluate(() => {
        globalThis.__shot = new Promise((resolve, reject) => {
          const success = ({ tempFiles: [{ tempFilePath }] }) => resolve(tempFilePath)
          wx.chooseMedia({ count: 1, mediaType: ['image'], sourceType: ['camera'], success, fail: reject })
        })
      }),
    ])
    await chooser.setFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: bytes })
    return page.evaluate(() => globalThis.__shot)
  }

  picture(_name, random) {
    return this.darkroom.develop(random)
  }

  holds(path) {
    const size = (filePath) =>
      new Promise((resolve) => {
        wx.getFileSystemManager().getFileInfo({ filePath, success: () => resolve(true), fail: () => resolve(false) })
      })
    return this.phone.page.evaluate(size, path)
  }

  leftovers() {
    return this.phone.page.evaluate(async () => {
      const keys = wx.getStorageInfoSync().keys.filter((key) => {
        if (key.startsWith('df:') || key.startsWith('gr:')) return true
        return key.startsWith('ob:') && wx.getStorageSync(key).state !== 'received'
      })
      const files = await new Promise((resolve) => {
        const dirPath = `${wx.env.USER_DATA_PATH}/outbox`
        wx.getFileSystemManager().readdir({ dirPath, success: ({ files }) => resolve(files), fail: () => resolve([]) })
      })
      return [...keys, ...files]
    })
  }
}

/** WeChat's `login_code` for phones that go from hand to hand: `logins` gives for an address what makes the code. */
export async function startWechat(logins) {
  const server = http.createServer(async (request, response) => {
    const chunks = await request.toArray()
    const { openid } = JSON.parse(Buffer.concat(chunks))
    response.end(JSON.stringify({ code: await logins.get(openid)() }))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections())
  return { url: `http://127.0.0.1:${server.address().port}`, close }
}

/** `app.outbox.drafts.peek(…)` here is that call in the page, as a promise. */
function remote(page, path = []) {
  const call = async (given) => {
    const answer = await page.evaluate(
      async ([path, given]) => {
        try {
          let found = globalThis.__host.modules
          for (const name of path) found = found[name]
          return { result: await found(...given) }
        } catch ({ name, message, code, retry }) {
          return { error: { name, message, code, retry } }
        }
      },
      [path, given],
    )
    if (answer.error) throw Object.assign(new Error(`${path.join('.')}: ${answer.error.message}`), answer.error)
    return answer.result
  }
  return new Proxy(() => undefined, {
    // A promise would be asked for its `then`.
    get: (_, name) => (name === 'then' ? undefined : remote(page, [...path, name])),
    apply: (_, __, given) => call(given),
  })
}

/** Makes pictures, and says what a phone has to make of each: the same pixels as a JPEG of the phone's quality. */
export async function openDarkroom(browser) {
  const page = await browser.newPage()
  const draw = async (seeds) => {
    const base64 = (blob) =>
      new Promise((resolve) => {
        const reader = new FileReader()
        reader.onload = () => resolve(reader.result.split(',')[1])
        reader.readAsDataURL(blob)
      })
    const asJpeg = (canvas, quality) => new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality))
    const blank = () => Object.assign(document.createElement('canvas'), { width: 320, height: 240 })
    const shot = blank()
    const pen = shot.getContext('2d')
    for (const [hue, x, y] of seeds) {
      pen.fillStyle = `hsl(${hue * 360} 60% 50%)`
      pen.fillRect(x * 320, y * 240, 80, 60)
    }
    const camera = await asJpeg(shot, 0.92)
    const image = await createImageBitmap(camera)
    const drawn = blank()
    drawn.getContext('2d').drawImage(image, 0, 0)
    return Promise.all([base64(camera), base64(await asJpeg(drawn, 0.85))])
  }
  return {
    async develop(random) {
      const seeds = Array.from({ length: 40 }, () => [random.next(), random.next(), random.next()])
      const [camera, drawn] = await page.evaluate(draw, seeds)
      const hash = createHash('sha256').update(Buffer.from(drawn, 'base64')).digest('hex')
      return { bytes: Buffer.from(camera, 'base64'), hash }
    },
  }
}
