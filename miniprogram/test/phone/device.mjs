// A phone that can be killed: storage and files outlive the app, temporary files and whatever was under way do not.
//
// A write is one step. The app may be killed before it, after it, or (where the platform promises nothing, a copy) in
// the middle of it. After a kill the app's calls change nothing any more and never come back, as in a process gone.

export class Killed extends Error {}

export class Device {
  constructor({ fileLimit = 200 * 1024 * 1024, storageLimitKB = 10 * 1024 } = {}) {
    this.storage = new Map()
    this.files = new Map()
    this.temps = new Map()
    this.fileLimit = fileLimit
    this.storageLimitKB = storageLimitKB
    /** Milliseconds by which the phone's clock is wrong. */
    this.skew = 0
    this.networkType = '4g'
    this.writes = 0
    /** `{ at: number of the write, when: 'before' | 'during' | 'after' }` */
    this.killPlan = null
    this.app = null
  }

  /** Puts a picture where the camera would: in a temporary file. */
  camera(bytes) {
    const path = `wxfile://tmp_${Math.random().toString(36).slice(2)}`
    this.temps.set(path, Buffer.from(bytes))
    return path
  }

  /** Ends the app at once. */
  kill() {
    const { app } = this
    this.app = null
    this.temps.clear()
    app?.die()
  }

  /** One write, with the kill planned for it. `part` is what is there when it is interrupted. */
  write(app, apply, part = () => undefined) {
    if (app.dead) throw new Killed()
    this.writes += 1
    const plan = this.killPlan?.at === this.writes ? this.killPlan : null
    if (plan?.when === 'before') return this.killedHere()
    if (plan?.when === 'during') {
      part()
      return this.killedHere()
    }
    const result = apply()
    if (plan) return this.killedHere()
    return result
  }

  killedHere() {
    this.killPlan = null
    this.kill()
    throw new Killed()
  }

  get storageKB() {
    let bytes = 0
    for (const [key, value] of this.storage) bytes += key.length + value.length
    return Math.ceil(bytes / 1024)
  }

  get fileBytes() {
    let bytes = 0
    for (const content of this.files.values()) bytes += content.length
    return bytes
  }

  file(path) {
    return this.files.get(path) ?? this.temps.get(path)
  }

  /** What is left of the outbox on this phone: keys of items not received, drafts, files. */
  leftovers() {
    const keys = [...this.storage.keys()].filter((key) => {
      if (key.startsWith('df:') || key.startsWith('gr:')) return true
      return key.startsWith('ob:') && JSON.parse(this.storage.get(key)).state !== 'received'
    })
    return [...keys, ...[...this.files.keys()].filter((path) => !path.endsWith('/'))]
  }
}
