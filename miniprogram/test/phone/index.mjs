// What the tests of the phone need, in one place.

import { Device } from './device.mjs'
import { launch, orKilled } from './app.mjs'
import { jpeg } from './jpeg.mjs'
import { Town } from './town.mjs'

export { Device, Killed } from './device.mjs'
export { launch, orKilled } from './app.mjs'
export { jpeg, encoded } from './jpeg.mjs'
export * from './town.mjs'

/** A phone, a town, and the app started and logged in. */
export async function begin({ device = new Device(), town = new Town(), options = {} } = {}) {
  const app = await launch(device, { ...town.options, ...options })
  await app.outbox.start()
  const me = app.session.current() ?? (await app.session.signIn())
  return { device, town, app, me }
}

export const FORM = {
  record: { unit_id: 'u1', happened_on: '2026-11-25', duty_ids: [], entry_channel: 'phone' },
  text: '做了',
}

/** Fills in a form with photos and hands it in. */
export async function handIn(
  { app, me, device },
  name,
  { kind = 'statement', slots = [], form = FORM, begin = {}, title = '文字记录' } = {},
) {
  app.outbox.drafts.open(me, name, { kind, form, ...begin })
  for (const slot of slots) {
    const bytes = jpeg(`${name} ${slot} ${Math.random()}`, 800)
    await app.outbox.drafts.addPhoto(me, name, {
      slot,
      temp: device.camera(bytes),
      bytes: bytes.length,
      source: 'camera',
    })
  }
  return app.outbox.enqueue(name, title)
}

/** Lets the outbox work until `done` says so. */
export async function until(app, done, what = 'it') {
  for (let i = 0; i < 400; i += 1) {
    if (done()) return
    await orKilled(app, app.outbox.pump())
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`${what} never came`)
}

export const states = (app) => app.outbox.list().map((item) => item.state)
