// One person's phone: opens the mini-program, taps and types as he would, and counts it. An error on the page is fatal.
import { SCREEN } from './browser.mjs'

/** Generous, for a machine that does much else. */
const PATIENCE_MS = 30_000
/** What Chromium logs for a request that failed or was refused; whether that is right is for the test to say. */
const EXPECTED = /^Failed to load resource/

export class Phone {
  taps = 0
  typed = 0
  errors = []
  isOffline = false

  /** `levers` as in host/run/levers.mjs; `clock` is by how many milliseconds its clock is wrong. */
  static async open(browser, hostUrl, { openid, device = '1', path, levers = {}, clock = 0 } = {}) {
    const phone = new Phone()
    phone.context = await browser.newContext({ ...SCREEN, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
    phone.address = `${hostUrl}app/?as=${encodeURIComponent(openid)}&phone=${device}`
    const given = { ...levers, clock }
    await phone.context.addInitScript((given) => (globalThis.__levers = { ...given, ...globalThis.__levers }), given)
    await phone.start(path)
    return phone
  }

  /** Starts the app, at `path` such as `pages/duty/index?id=1` if it was opened from a message. */
  async start(path) {
    this.page = await this.context.newPage()
    this.page.setDefaultTimeout(PATIENCE_MS)
    this.page.on('pageerror', (error) => this.errors.push(error.stack ?? error.message))
    this.page.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) this.errors.push(message.text())
    })
    if (this.isOffline) {
      // The page itself comes from the host; the app finds no network.
      await this.page.addInitScript(() => (globalThis.__levers = { ...globalThis.__levers, network: 'none' }))
      await this.context.setOffline(false)
    }
    await this.page.goto(this.address + (path ? `#/${path}` : ''))
    await this.page.waitForFunction(() => globalThis.__host?.stack.length > 0)
    if (this.isOffline) await this.context.setOffline(true)
  }

  /** Ends the app at once: it hears of nothing and finishes nothing. What was on disk stays. */
  async kill() {
    await this.page.evaluate(() => globalThis.__host.die())
    await this.page.close({ runBeforeUnload: false })
  }

  async reopen(path) {
    await this.kill()
    await this.start(path)
  }

  async close() {
    await this.context.close()
    this.assertNoErrors()
  }

  assertNoErrors() {
    if (this.errors.length > 0) throw new Error(`errors on the page:\n${this.errors.join('\n')}`)
  }

  /** Into the background and back, as when another app is looked at. */
  background = () => this.page.evaluate(() => globalThis.__host.background())
  foreground = () => this.page.evaluate(() => globalThis.__host.foreground())

  /** Out of any network, also for an app that is opened then. */
  async offline() {
    this.isOffline = true
    await this.context.setOffline(true)
    if (this.page.isClosed()) return
    // Chromium takes a moment; until then a request would still get through.
    await this.page.evaluate(() => (globalThis.__host.levers.network = 'none'))
  }

  async online() {
    this.isOffline = false
    if (!this.page.isClosed()) {
      await this.page.evaluate(() => {
        const { levers } = globalThis.__host
        if (levers.network === 'none') levers.network = null
      })
    }
    await this.context.setOffline(false)
  }

  /** What can be touched now: the pop-up if there is one, else the page in front with the bars around it. */
  async surface() {
    const popUp = this.page.locator('.over.mask')
    if ((await popUp.count()) > 0) return popUp.last()
    return this.page.locator('#navigation, .page-frame:not([hidden]), #tabs')
  }

  /** What shows these words or is called so for a screen reader. Words in quotes must match as a whole. */
  async find(words, { exact = typeof words === 'string' } = {}) {
    const surface = await this.surface()
    const found = surface.getByText(words, { exact }).or(surface.getByLabel(words, { exact }))
    return found.locator('visible=true').first()
  }

  /** Waits until these words are to be seen. */
  async sees(words, options) {
    const deadline = Date.now() + (options?.timeout ?? PATIENCE_MS)
    for (;;) {
      const found = await this.find(words, { exact: false, ...options })
      if (await found.isVisible()) return found
      this.assertNoErrors()
      if (Date.now() > deadline) throw new Error(`"${words}" is not to be seen. The screen says:\n${await this.text()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Waits until these words are no longer to be seen. */
  async misses(words) {
    const deadline = Date.now() + PATIENCE_MS
    while (await (await this.find(words, { exact: false })).isVisible()) {
      if (Date.now() > deadline)
        throw new Error(`"${words}" is still to be seen. The screen says:\n${await this.text()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async tap(words, options) {
    const target =
      typeof words === 'object' && 'tap' in words ? words : await this.sees(words, { exact: true, ...options })
    await target.tap().catch(async (error) => {
      throw new Error(`"${words}" cannot be tapped: ${error.message}\nThe screen says:\n${await this.text()}`)
    })
    this.taps += 1
  }

  /** Types into the field called so; going there is a tap. */
  async type(label, text) {
    const surface = await this.surface()
    const field = surface.getByLabel(label).or(surface.getByPlaceholder(label)).locator('visible=true').first()
    await field.tap()
    this.taps += 1
    await field.fill(text)
    this.typed += [...text].length
  }

  /** Takes a picture: one tap; the camera's own screens are not counted. */
  async photo(words, jpeg, name = 'photo.jpg') {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), this.tap(words)])
    await chooser.setFiles({ name, mimeType: 'image/jpeg', buffer: jpeg })
  }

  /** Resets the count and gives what it was. */
  count() {
    const counted = { taps: this.taps, typed: this.typed }
    this.taps = this.typed = 0
    return counted
  }

  /** What the page in front says. */
  text = async () => (await (await this.surface()).allInnerTexts()).join('\n')
  route = () => this.page.evaluate(() => globalThis.__host.stack.at(-1).route)
  data = () => this.page.evaluate(() => JSON.parse(JSON.stringify(globalThis.__host.stack.at(-1).page.data)))
  screenshot = (path) => this.page.screenshot({ path, animations: 'disabled' })
}
