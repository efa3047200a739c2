// The app is killed before, in and after every single write it makes, from taking the first photo to the last file let
// go. The next launch must find the old state or the new one, lose nothing it had acknowledged, and hand everything in
// exactly once.

import assert from 'node:assert/strict'
import test from 'node:test'
import { Device, FORM, Killed, Town, jpeg, launch, orKilled } from './phone/index.mjs'

const SLOTS = ['before', 'after']

/** One life of the app: goes on wherever the last one ended; true when all is handed in and received. */
async function live(device, town, shots, acknowledged) {
  const app = await launch(device, town.options)
  await orKilled(app, app.outbox.start())
  const me = app.session.current() ?? (await orKilled(app, app.session.signIn()))
  const { drafts } = app.outbox
  if (app.store.all().length === 0 && !acknowledged.done) {
    const draft = drafts.open(me, 'form', { kind: 'statement', form: FORM })
    for (const id of acknowledged.photos) {
      const photo = draft.photos.find((photo) => photo.id === id)
      assert.ok(photo && photo.state !== 'failed', 'a photo taken in is there after a kill')
    }
    if (acknowledged.text) assert.ok([acknowledged.text, acknowledged.typed].includes(draft.form.text))
    for (const photo of draft.photos)
      if (photo.state === 'failed') await orKilled(app, drafts.removePhoto(me, 'form', photo.id))
    for (const [i, slot] of SLOTS.entries()) {
      if (drafts.peek(me, 'form').photos.some((photo) => photo.slot === slot)) continue
      const taken = { slot, temp: device.camera(shots[i]), bytes: shots[i].length, source: 'camera' }
      const photo = await orKilled(app, drafts.addPhoto(me, 'form', taken))
      if (app.dead) return false
      acknowledged.photos.push(photo.id)
      acknowledged.typed = `${slot}之后`
      drafts.save(me, 'form', { ...FORM, text: acknowledged.typed })
      acknowledged.text = acknowledged.typed
    }
    try {
      await orKilled(app, app.outbox.enqueue('form', '文字记录'))
      acknowledged.done = !app.dead
    } catch (error) {
      // Told that a photo did not survive: the next life takes it again.
      if (error.code !== 'photo.unusable') throw error
    }
  }
  if (app.store.all().length > 0) acknowledged.done = true
  for (let i = 0; i < 50 && app.outbox.list().some((item) => item.state !== 'received'); i += 1) {
    await orKilled(app, app.outbox.hurry())
  }
  await orKilled(app, app.sweeping.sweep(0))
  return !app.dead && app.store.all().length === 0 && town.records.size > 0
}

async function attempt(device, town, shots, acknowledged) {
  try {
    return await live(device, town, shots, acknowledged)
  } catch (error) {
    if (error instanceof Killed || device.app === null) return false
    throw error
  }
}

for (const when of ['before', 'during', 'after']) {
  test(`killed ${when} each write in turn`, async () => {
    let writes = 0
    for (let at = 1; at <= Math.max(writes, 1); at += 1) {
      const device = new Device()
      const town = new Town()
      const shots = SLOTS.map((slot) => jpeg(`${when} ${at} ${slot}`, 700))
      const acknowledged = { photos: [], text: null, done: false }
      device.killPlan = { at, when }
      let lives = 1
      while (!(await attempt(device, town, shots, acknowledged))) {
        device.kill()
        lives += 1
        assert.ok(lives < 5, `write ${at}: it never comes to an end`)
        // Somebody kills it again in the middle of mending.
        if (lives === 2 && at % 3 === 0) device.killPlan = { at: device.writes + 2, when }
      }
      if (at === 1) {
        // The number of writes of an undisturbed life is how many there are to try.
        const quiet = new Device()
        await attempt(quiet, new Town(), shots, { photos: [], text: null, done: false })
        writes = quiet.writes
        quiet.kill()
      }
      assert.equal(town.records.size, 1, `write ${at}: one record`)
      const [record] = town.records.values()
      assert.equal(record.versions.length, 1, `write ${at}: one version`)
      assert.deepEqual(record.versions[0].photos.map((photo) => photo.slot).sort(), ['after', 'before'])
      assert.equal(town.photos.size, 2, `write ${at}: each photo once`)
      assert.deepEqual(device.leftovers(), [], `write ${at}: nothing is left`)
      device.kill()
    }
    assert.ok(writes > 20, `there were ${writes} writes to be killed at`)
  })
}
