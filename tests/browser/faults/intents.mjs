// What people want to hand in, and how they do it on the phone: open a form, take photos, submit. An intent remembers
// what the phone has acknowledged; whatever it acknowledged must never be lost. `app` may be in this process or in a
// browser, so every answer of it is waited for.

export class Violation extends Error {}

export class Intent {
  /** `after`: the intent this one finishes: another version of the same record, once that one has been submitted. */
  constructor({ name, person, kind, form, slots, title, after = null }) {
    Object.assign(this, { name, person, kind, form, title, after })
    // What the camera gives, and the hash of what the phone makes of it, come before the first step.
    this.shots = slots.map((slot) => ({ slot, bytes: null, hash: null, acknowledged: null }))
    this.versionId = null
    this.recordId = null
    this.done = false
  }

  /** `slot hash` of every photo the record must hold in the end. */
  get photos() {
    return [...(this.after?.photos ?? []), ...this.shots.map(({ slot, hash }) => `${slot} ${hash}`)]
  }

  ready() {
    return !this.done && (this.after === null || this.after.done)
  }

  /** After a launch: the kill may have come between the write and the word about it. */
  async recall(app, owner) {
    if (this.done || this.versionId === null) return
    if (await app.store.byVersion(this.versionId)) {
      this.done = true
      return
    }
    const draft = await app.outbox.drafts.peek(owner, this.name)
    if (!draft) throw new Violation(`${this.name}: neither draft nor item is left`)
    for (const shot of this.shots.filter((shot) => shot.acknowledged)) {
      const photo = draft.photos.find((photo) => photo.id === shot.acknowledged)
      if (!photo) throw new Violation(`${this.name}: a photo that was taken in is gone`)
      if (photo.state === 'failed')
        throw new Violation(`${this.name}: a photo that was taken in failed: ${photo.error}`)
    }
  }

  /** The next thing the person does. */
  async step(app, owner, phone) {
    const { drafts } = app.outbox
    const draft = this.versionId && (await drafts.peek(owner, this.name))
    if (!draft) {
      const today = await app.dates.dayAt(await app.clock.now())
      const begun = await drafts.open(owner, this.name, this.begin(today))
      this.versionId = begun.versionId
      this.recordId = begun.recordId
      return
    }
    // A photo that could not be saved in time is said so, and taken again.
    const failed = draft.photos.find((photo) => photo.state === 'failed')
    if (failed && this.shots.some((shot) => shot.acknowledged === failed.id)) {
      throw new Violation(`${this.name}: a photo that was taken in failed: ${failed.error}`)
    }
    if (failed) return drafts.removePhoto(owner, this.name, failed.id)
    const shot = this.shots.find(({ slot }) => !draft.photos.some((photo) => photo.slot === slot))
    if (shot) {
      const temp = await phone.camera(shot.bytes)
      const taken = { slot: shot.slot, temp, bytes: shot.bytes.length, source: 'camera' }
      shot.acknowledged = (await drafts.addPhoto(owner, this.name, taken)).id
      return
    }
    let item
    try {
      item = await app.outbox.enqueue(this.name, this.title)
    } catch (error) {
      // Told that a photo did not come through the last kill: seen to in the next step.
      if (error.code === 'photo.unusable') return
      throw error
    }
    this.versionId = item.versionId
    this.done = true
  }

  /** Refused for its date: the person sets it right and hands it in again, with what was written and taken. */
  async correct(app, owner, item) {
    const draft = await app.outbox.drafts.reopen(item)
    this.name = draft.name
    this.versionId = draft.versionId
    this.shots.forEach((shot) => (shot.acknowledged = null))
    this.done = false
    const today = await app.dates.dayAt(Date.now())
    const form = { ...draft.form, record: { ...draft.form.record, happened_on: today } }
    await app.outbox.drafts.save(owner, this.name, form)
  }

  begin(today) {
    const { record } = this.form
    const form = record ? { ...this.form, record: { ...record, happened_on: today } } : this.form
    if (!this.after) return { kind: this.kind, form }
    return {
      kind: this.kind,
      form,
      recordId: this.after.recordId,
      baseVersion: this.after.versionId,
      photos: this.after.shots.map(({ slot, hash }) => ({ slot, hash })),
    }
  }
}
