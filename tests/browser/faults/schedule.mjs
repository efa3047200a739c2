// One schedule: a person, or two with one phone between them, fill in a few forms while the network fails, the app is
// killed and the clock is wrong; then the weather clears, and everything handed in must be in the town exactly once and
// nothing of it left on the phone.

import { Violation } from './intents.mjs'
import { intentsOf } from './people.mjs'
import { FAULTS } from './proxy.mjs'
import { Random } from './random.mjs'

const DAY = 24 * 3_600_000
/** Milliseconds until everything must have reached the town, once the weather is clear. */
const PATIENCE = 60_000
/** How many of the phones two people share, and how often one goes from hand to hand. */
const SHARED = 0.3
const MOST_HANDOVERS = 3
const pause = (ms) => new Promise((resolve) => void setTimeout(resolve, ms))

export class Schedule {
  /** `makePhone({ address, loginCode })` gives the phone; `faultRate` instead of one by chance. */
  constructor(seed, { town, people, makePhone, faultRate, patience = PATIENCE, turns = [30, 70] }) {
    this.seed = seed
    this.random = new Random(seed)
    this.address = `10.${(seed >> 16) & 255}.${(seed >> 8) & 255}.${seed & 255}`
    const by = this.random.chance(SHARED) ? 2 : 1
    this.hands = this.someOf(people, by).map((person) => ({
      person,
      owner: null,
      intents: intentsOf(person, `第${seed}次`, this.random),
    }))
    /** Who has the phone in hand. */
    this.hand = this.hands[0]
    /** Whether that person is logged in, as far as we know. */
    this.settled = false
    this.faultRate = faultRate ?? 0.15 + this.random.next() * 0.6
    this.killRate = 0.1 + this.random.next() * 0.3
    this.calm = true
    this.storm = true
    this.showers = this.random.below(16)
    this.turns = this.random.between(...turns)
    this.patience = patience
    this.kills = 0
    this.handovers = 0
    const loginCode = () => town.loginCode(this.hand.person.openid)
    this.makePhone = () => makePhone({ address: this.address, loginCode, random: this.random })
  }

  get intents() {
    return this.hands.flatMap(({ intents }) => intents)
  }

  someOf(people, count) {
    const left = [...people]
    return Array.from({ length: count }, () => left.splice(this.random.below(left.length), 1)[0])
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
    let timer
    this.phone = await this.makePhone()
    try {
      for (const { name, shots } of this.intents)
        for (const shot of shots) Object.assign(shot, await this.phone.picture(`${name} ${shot.slot}`, this.random))
      // The first login is the office's desk: with network.
      this.storm = false
      await this.launched()
      this.storm = true
      this.calm = false
      const work = this.storming().then(() => this.clearing())
      work.catch(() => undefined)
      // A schedule that hangs is a failure like any other.
      const tooLong = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Violation('hangs')), 2 * this.patience)
      })
      await Promise.race([work, tooLong])
    } finally {
      clearTimeout(timer)
      await this.phone.kill()
      await this.phone.close?.()
    }
  }

  /** Launches the app if it is not running, with the right person logged in; null when that did not come about. */
  async launched() {
    const { phone, random } = this
    const fresh = phone.app === null
    if (fresh) {
      // A clock that jumps about by weeks, between launches.
      if (this.storm && random.chance(0.4)) phone.setClock(Math.round((random.next() - 0.5) * 80 * DAY))
      if (this.storm && random.chance(this.killRate)) phone.planKill(random)
      else phone.planNone()
      await this.alive(() => phone.launch())
    }
    const { app } = phone
    if (!app) return null
    return this.alive(async () => {
      if (fresh) {
        const started = app.outbox.start()
        if (this.storm && random.chance(0.7)) Promise.resolve(started).catch(() => undefined)
        else await phone.until(app, started)
      }
      this.settled &&= !fresh
      this.settled ||= await this.loggedIn(app)
      if (!this.settled) return null
      if (fresh) for (const { owner, intents } of this.hands) for (const one of intents) await one.recall(app, owner)
      if (fresh || phone.isNear) await this.holdsPhotos(app)
      return app
    })
  }

  /** Until the town has a record complete, its photos are on the phone, whatever has been sent of it. */
  async holdsPhotos(app) {
    for (const { versionId, photos } of await app.store.all()) {
      for (const { slot, path, town } of photos) {
        if (town || path === '' || (await this.phone.holds(path))) continue
        // It may have been received, or put right, this very moment.
        const item = await app.store.byVersion(versionId)
        if (item?.photos.some((photo) => photo.path === path)) {
          throw new Violation(`${item.title}: the photo ${slot} left the phone before the record was complete`)
        }
      }
    }
  }

  /** Whoever has the phone logs in, and the other one out first. */
  async loggedIn(app) {
    const { hand, phone } = this
    const isMe = (session) => session?.personId === hand.person.id
    let session = await app.session.current()
    if (session && !isMe(session)) {
      await phone.until(app, app.session.logOut())
      session = null
    }
    try {
      session ??= await phone.until(app, app.session.signIn())
    } catch (error) {
      if (error.retry !== 'later' && !error.code?.startsWith('client.')) throw error
      // No network to log in: tried again in a while, for WeChat counts logins.
      await pause(250)
      return false
    }
    if (!isMe(session)) return false
    hand.owner = { townId: session.townId, personId: session.personId }
    return true
  }

  /** Runs something the app does; a kill in it gives null. */
  async alive(work) {
    const { app } = this.phone
    try {
      const result = await work()
      return !app || this.phone.app === app ? result : null
    } catch (error) {
      if (error instanceof Violation || !this.phone.isKill(error)) throw error
      this.kills += 1
      return null
    }
  }

  async storming() {
    const { phone, random } = this
    for (let turn = 0; turn < this.turns; turn += 1) {
      const app = await this.launched()
      if (!app) continue
      const dice = random.next()
      if (dice < 0.5) await this.act(app)
      else if (dice < 0.5 + this.killRate * 0.4) {
        await phone.kill()
        this.kills += 1
      } else if (dice < 0.7) await phone.setNetwork(random.pick(['none', '2g', '4g', '4g', 'wifi', 'wifi']))
      else if (dice < 0.8) void Promise.resolve(app.outbox.hurry()).catch(() => undefined)
      else if (dice < 0.88) this.handOver()
      else await pause(random.below(60))
    }
  }

  /** The phone goes to the other person; what the one has not sent waits for him. */
  handOver() {
    const [other] = this.hands.filter((hand) => hand !== this.hand)
    if (!other || this.handovers === MOST_HANDOVERS) return
    this.hand = other
    this.settled = false
    this.handovers += 1
  }

  /** One thing the person does, with the forms at hand. */
  async act(app) {
    const { hand, phone } = this
    const refused = await this.refused(app)
    if (refused) return this.putRight(app, refused)
    const intent = this.random.pick(hand.intents.filter((intent) => intent.ready()))
    if (!intent) return null
    return this.alive(() => phone.until(app, intent.step(app, hand.owner, phone)))
  }

  /** Refused, and nobody has begun to put it right. */
  async refused(app) {
    const items = (await this.alive(() => app.outbox.list())) ?? []
    const theirs = items.find((item) => item.personId !== this.hand.person.id)
    if (theirs) throw new Violation(`${this.hand.person.name} sees ${theirs.title} of another person`)
    const refused = items.filter((item) => item.state === 'refused')
    return refused.find((item) => this.intents.some((intent) => intent.versionId === item.versionId))
  }

  async putRight(app, item) {
    if (item.error.code !== 'checkin.future') {
      throw new Violation(`${item.title} was refused: ${item.error.code} ${item.error.message}`)
    }
    const intent = this.intents.find((intent) => intent.versionId === item.versionId)
    return this.alive(() => intent.correct(app, this.hand.owner, item))
  }

  /** The weather clears: everything is handed in and sent, by each in turn. */
  async clearing() {
    this.storm = false
    this.phone.planNone()
    await this.phone.setNetwork('4g')
    const end = Date.now() + this.patience
    for (const hand of this.hands) {
      this.hand = hand
      this.settled = false
      await this.cleared(end)
    }
    for (;;) {
      const app = await this.launched()
      if (app) return this.check(app)
    }
  }

  async cleared(end) {
    const { hand, phone } = this
    for (;;) {
      const app = await this.launched()
      if (app) {
        if ((await this.refused(app)) || hand.intents.some((intent) => !intent.done)) {
          await this.act(app)
          continue
        }
        await this.alive(() => phone.until(app, app.outbox.hurry()))
        const items = await this.alive(() => app.outbox.list())
        if (items?.every((item) => item.state === 'received')) return
        if (Date.now() > end) {
          const left = items?.filter((item) => item.state !== 'received')
          throw new Violation(`not all received: ${JSON.stringify(left)}`)
        }
      }
      await pause(phone.isNear ? 20 : 200)
    }
  }

  async check(app) {
    const { otherPersons, newer } = await app.outbox.others()
    if (otherPersons + newer > 0) throw new Violation('items nobody claims')
    await app.sweeping.sweep(0)
    const left = await this.phone.leftovers()
    if (left.length > 0) throw new Violation(`left on the phone: ${left.join(' ')}`)
  }
}
