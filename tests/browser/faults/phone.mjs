// The phone of a schedule, in Node: the app's own code over a Device. `chromium.mjs` has the one in a browser.

import { createHash } from 'node:crypto'
import { launch, orKilled } from '../../../miniprogram/test/phone/app.mjs'
import { Device, Killed } from '../../../miniprogram/test/phone/device.mjs'
import { encoded, jpeg } from '../../../miniprogram/test/phone/jpeg.mjs'

/** Timers of the app run so much faster: a back-off of minutes would be all we wait for. */
const SPEED = 200
/** Writes after a launch within which a planned kill comes. */
const WRITES = 30

export class NodePhone {
  /** Asking it costs nothing. */
  isNear = true

  constructor({ base, address, loginCode, code }) {
    this.device = new Device()
    this.options = { base, address, loginCode, code, speed: SPEED }
  }

  get app() {
    return this.device.app
  }

  launch() {
    return launch(this.device, this.options)
  }

  kill() {
    this.device.kill()
  }

  /** Kills the app at one of its next writes: before, in or after it. */
  planKill(random) {
    const when = random.pick(['before', 'during', 'after'])
    this.device.killPlan = { at: this.device.writes + random.between(1, WRITES), when }
  }

  planNone() {
    this.device.killPlan = null
  }

  isKill(error) {
    return error instanceof Killed || this.device.app === null
  }

  /** Waits for work of the app, or for its end. */
  until(app, work) {
    return orKilled(app, work)
  }

  setClock(skew) {
    this.device.skew = skew
  }

  setNetwork(type) {
    if (this.app) this.app.wx.changeNetwork(type)
    else this.device.networkType = type
  }

  camera(bytes) {
    return this.device.camera(bytes)
  }

  /** What the camera gives, and the hash of what the phone makes of it. */
  picture(name, random) {
    const bytes = jpeg(`${name} ${random.next()}`, random.between(500, 30_000))
    return { bytes, hash: createHash('sha256').update(encoded(bytes)).digest('hex') }
  }

  holds(path) {
    return this.device.files.has(path)
  }

  leftovers() {
    return this.device.leftovers()
  }
}
