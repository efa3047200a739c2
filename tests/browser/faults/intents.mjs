// What people want to hand in, and how they do it on the phone: open a form, take photos, submit. An intent remembers
// what the phone has acknowledged; whatever it acknowledged must never be lost.

import { createHash } from 'node:crypto'
import { jpeg, encoded } from '../../../miniprogram/test/phone/jpeg.mjs'

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

export class Violation extends Error {}

export class Intent {
  /** `after`: the intent this one finishes: another version of the same record, once that one has been submitted. */
  constructor({ name, kind, form, slots, title, after = null }, random) {
    Object.assign(this, { name, kind, form, title, after })
    this.shots = slots.map((slot) => {
      const bytes = jpeg(`${name} ${slot} ${random.next()}`, random.between(500, 30_000))
      return { slot, bytes, hash: sha256(encoded(bytes)), acknowledged: null }
    })
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
  recall(app, me) {
    if (this.done || this.versionId === null) return
    if (app.store.byVersion(this.versionId)) {
      this.done = true
      return
    }
    const draft = app.outbox.drafts.peek(me, this.name)
    if (!draft) throw new Violation(`${this.name}: neither draft nor item is left`)
    for (const shot of this.shots.filter((shot) => shot.acknowledged)) {
      const photo = draft.photos.find((photo) => photo.id === shot.acknowledged)
      if (!photo) throw new Violation(`${this.name}: a photo that was taken in is gone`)
      if (photo.state === 'failed')
        throw new Violation(`${this.name}: a photo that was taken in failed: ${photo.error}`)
    }
  }

  /** The next thing the person does. */
  async step(app, me, device, today) {
    const { drafts } = app.outbox
    if (this.versionId === null || !drafts.peek(me, this.name)) {
      const draft = drafts.open(me, this.name, this.begin(today))
      this.versionId = draft.versionId
      this.recordId = draft.recordId
      return
    }
    const draft = drafts.peek(me, this.name)
    // A photo that could not be saved in time is said so, and taken again.
    const failed = draft.photos.find((photo) => photo.state === 'failed')
    if (failed && this.shots.some((shot) => shot.acknowledged === failed.id)) {
      throw new Violation(`${this.name}: a photo that was taken in failed: ${failed.error}`)
    }
    if (failed) return drafts.removePhoto(me, this.name, failed.id)
    const shot = this.shots.find(({ slot }) => !draft.photos.some((photo) => photo.slot === slot))
    if (shot) {
      const temp = device.camera(shot.bytes)
      const taken = { slot: shot.slot, temp, bytes: shot.bytes.length, source: 'camera' }
      shot.acknowledged = (await drafts.addPhoto(me, this.name, taken)).id
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
  correct(app, me, item, today) {
    const draft = app.outbox.drafts.reopen(item)
    this.name = draft.name
    this.versionId = draft.versionId
    this.shots.forEach((shot) => (shot.acknowledged = null))
    this.done = false
    const form = { ...draft.form, record: { ...draft.form.record, happened_on: today } }
    app.outbox.drafts.save(me, this.name, form)
  }

  begin(today) {
    const form = { ...this.form, record: { ...this.form.record, happened_on: today } }
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

/** A few intents of one person, as they come in a week. */
export function intentsFor(person, seed, random) {
  const record = (unit) => ({ unit_id: unit, duty_ids: [], entry_channel: 'phone' })
  const made = []
  const add = (given) => made.push(new Intent({ ...given, name: `${given.name}:${made.length}` }, random))
  const count = random.between(1, 3)
  for (let i = 0; i < count; i += 1) {
    const note = `第${seed}次 第${i}项`
    if (person.branch && (!person.village || random.chance(0.5))) {
      add({
        name: 'meeting',
        kind: 'meeting',
        title: '会议',
        slots: ['meeting', 'sheet', 'other'].slice(0, random.below(4)),
        form: {
          record: record(person.branch),
          types: ['general'],
          place: '村部',
          host: '李卫国',
          recorder: '王秀英',
          topic: note,
          expected: 12,
          present: 11,
          absent: [{ name: '赵六', reason: '外出务工' }],
          minutes: note.repeat(random.between(1, 40)),
        },
      })
    } else if (person.village && random.chance(0.7)) {
      const sign = { place: 'outside', text: note, finding: 'off_list' }
      add({
        name: 'sign',
        kind: 'sign',
        title: '标识牌',
        slots: ['before'],
        form: { record: record(person.village), ...sign },
      })
      if (random.chance(0.6)) {
        const form = { record: record(person.village), ...sign, action: 'removed' }
        add({ name: 'sign-end', kind: 'sign', title: '标识牌', slots: ['after'], form, after: made.at(-1) })
      }
    } else {
      const form = { record: record(person.village), text: note }
      add({ name: 'statement', kind: 'statement', title: '文字记录', slots: random.chance(0.5) ? ['other'] : [], form })
    }
  }
  return made
}
