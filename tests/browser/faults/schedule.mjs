// One schedule: a person fills in a few forms while the network fails, the app is killed and the clock is wrong; then
// the weather clears, and everything handed in must be in the town exactly once and nothing of it left on the phone.

import { Device, Killed } from '../../../miniprogram/test/phone/device.mjs'
import { launch, orKilled } from '../../../miniprogram/test/phone/app.mjs'
import { Violation, intentsFor } from './intents.mjs'
import { FAULTS } from './proxy.mjs'
import { Random } from './random.mjs'

const DAY = 24 * 3_600_000
/** Timers of the app run so much faster: a back-off of minutes would be all we wait for. */
const SPEED = 200
const PATIENCE = 60_000
const pause = (ms) => new Promise((resolve) => void setTimeout(resolve, ms))

export class Schedule {
  constructor(seed, town, base, people) {
    this.seed = seed
    this.random = new Random(seed)
    this.address = `10.${(seed >> 16) & 255}.${(seed >> 8) & 255}.${seed & 255}`
    this.person = this.random.pick(people)
    this.faultRate = 0.15 + this.random.next() * 0.6
    this.killRate = this.random.next() * 0.35
    this.calm = true
    this.storm = true
    this.showers = this.random.below(16)
    this.device = new Device()
    this.intents = intentsFor(this.person, seed, this.random)
    this.kills = 0
    this.options = {
      base,
      address: this.address,
      speed: SPEED,
      loginCode: () => town.loginCode(this.person.openid),
    }
  }

  /** For the proxy: what happens to this request. */
  decide({ line }) {
    if (this.calm || !this.random.chance(this.faultRate)) return null
    // The network stays bad for a while after the person has finished.
    if (!this.storm && (this.showers -= 1) < 0) return null
    const photo = line.includes('/photos')
    // HTTPS keeps words whole; a photo's bytes are checked once more by their hash.
    const name = this.random.pick(FAULTS.filter((name) => photo || name !== 'corrupt'))
    return { name, at: name === 'corrupt' ? 0.4 + this.random.next() * 0.5 : this.random.next() }
  }

  async run() {
    try {
      // The first login is the office's desk: with network.
      this.storm = false
      await this.launched()
      this.storm = true
      this.calm = false
      const work = this.storming().then(() => this.clearing())
      // A schedule that hangs is a failure like any other.
      const tooLong = pause(2 * PATIENCE).then(() => Promise.reject(new Violation('hangs')))
      work.catch(() => undefined)
      tooLong.catch(() => undefined)
      await Promise.race([work, tooLong])
    } finally {
      this.device.kill()
    }
  }

  /** Launches the app if it is not running; null when it was killed while starting. */
  async launched() {
    const { device, random } = this
    if (device.app) return device.app
    if (this.storm) {
      // A clock that jumps about by weeks, between launches.
      if (random.chance(0.4)) device.skew = Math.round((random.next() - 0.5) * 80 * DAY)
      const when = random.pick(['before', 'during', 'after'])
      device.killPlan = random.chance(this.killRate) ? { at: device.writes + random.between(1, 30), when } : null
    } else {
      device.killPlan = null
    }
    const app = await launch(device, this.options)
    return this.alive(async () => {
      const started = app.outbox.start()
      if (this.storm && random.chance(0.7)) started.catch(() => undefined)
      else await orKilled(app, started)
      if (!app.session.current()) await orKilled(app, app.session.signIn())
      const me = app.session.current()
      for (const intent of this.intents) intent.recall(app, me)
      return app
    })
  }

  /** Runs something the app does; a kill in it gives null. */
  async alive(work) {
    const { app } = this.device
    try {
      const result = await work()
      return app && !app.dead ? result : null
    } catch (error) {
      if (error instanceof Killed || this.device.app === null) {
        this.kills += 1
        if (error instanceof Violation) throw error
        return null
      }
      throw error
    }
  }

  async storming() {
    const { device, random } = this
    const turns = random.between(30, 70)
    for (let turn = 0; turn < turns; turn += 1) {
      const app = await this.launched()
      if (!app) continue
      const dice = random.next()
      if (dice < 0.5) await this.act(app)
      else if (dice < 0.5 + this.killRate * 0.4) {
        device.kill()
        this.kills += 1
      } else if (dice < 0.7) app.wx.changeNetwork(random.pick(['none', '2g', '4g', '4g', 'wifi', 'wifi']))
      else if (dice < 0.85) void app.outbox.hurry().catch(() => undefined)
      else await pause(random.below(60))
    }
  }

  /** One thing the person does, with the forms at hand. */
  async act(app) {
    const me = app.session.current()
    const refused = this.refused(app)
    if (refused) return this.putRight(app, me, refused)
    const intent = this.random.pick(this.intents.filter((intent) => intent.ready()))
    if (!intent) return null
    const today = app.dates.dayAt(app.clock.now())
    return this.alive(() => orKilled(app, intent.step(app, me, this.device, today)))
  }

  /** Refused, and nobody has begun to put it right. */
  refused(app) {
    const items = app.outbox.list().filter((item) => item.state === 'refused')
    return items.find((item) => this.intents.some((intent) => intent.versionId === item.versionId))
  }

  async putRight(app, me, item) {
    if (item.error.code !== 'checkin.future') {
      throw new Violation(`${item.title} was refused: ${item.error.code} ${item.error.message}`)
    }
    const intent = this.intents.find((intent) => intent.versionId === item.versionId)
    const today = app.dates.dayAt(Date.now())
    return this.alive(async () => intent.correct(app, me, item, today))
  }

  /** The weather clears: everything is handed in and sent. */
  async clearing() {
    const { device } = this
    this.storm = false
    device.killPlan = null
    if (device.app) device.app.wx.changeNetwork('4g')
    else device.networkType = '4g'
    const end = Date.now() + PATIENCE
    for (;;) {
      const app = await this.launched()
      if (!app) continue
      if (this.refused(app) || this.intents.some((intent) => !intent.done)) {
        await this.act(app)
        continue
      }
      await this.alive(() => orKilled(app, app.outbox.hurry()))
      if (app.dead) continue
      const states = app.outbox.list().map((item) => item.state)
      if (states.every((state) => state === 'received')) return this.check(app)
      if (Date.now() > end) throw new Violation(`not all received: ${JSON.stringify(app.outbox.list())}`)
      await pause(20)
    }
  }

  async check(app) {
    const { otherPersons, newer } = app.outbox.others()
    if (otherPersons + newer > 0) throw new Violation('items nobody claims')
    await app.sweeping.sweep(0)
    const left = this.device.leftovers()
    if (left.length > 0) throw new Violation(`left on the phone: ${left.join(' ')}`)
  }
}
