// What the flows ask the town, and how they wait for it: for the thing itself, never for a time.
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'

const PATIENCE_MS = 30_000

/** Waits until `look` gives something that is there, and gives it. */
export async function until(what, look) {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What the server answers, which must be yes. */
export async function ok(answer) {
  const { status, body } = await answer
  assert.ok(status >= 200 && status < 300, `${status} ${JSON.stringify(body)}`)
  return body
}

/** What the server answers, which must be this refusal. */
export async function refused(answer, code) {
  const { body } = await answer
  assert.equal(body.code, code, JSON.stringify(body))
}

export const record = (world, who, id) => ok(world.api(who, 'GET', `/api/v1/records/${id}`))

/** Records of this kind the person sees, the newest first. */
export async function records(world, who, kind) {
  const { records } = await ok(world.api(who, 'GET', `/api/v1/records?kind=${kind}`))
  return records
}

/** Waits until a record of this kind is there that was not before, in this state. */
export async function arrives(world, who, kind, { state = 'submitted', before = [] } = {}) {
  const line = await until(`a ${kind} in state ${state}`, async () =>
    (await records(world, who, kind)).find((one) => one.state === state && !before.includes(one.id)),
  )
  return record(world, who, line.id)
}

export const ids = (lines) => lines.map(({ id }) => id)

export async function duty(world, who, title, unit) {
  const lines = await ok(world.api(who, 'GET', '/api/v1/duties/today'))
  const found = lines.find((one) => one.title === title && (!unit || one.unit_name === unit))
  assert.ok(found, `${who} has no duty “${title}”`)
  return found
}

export const accept = (world, who, { id, version_id: version }) =>
  ok(world.api(who, 'POST', `/api/v1/records/${id}/accept`, { version }))

export const giveBack = (world, who, { id, version_id: version }, reason) =>
  ok(world.api(who, 'POST', `/api/v1/records/${id}/return`, { version, reason }))

/** The page of a message that is in the person's WeChat, once it is there. */
export const message = (world, who, page) =>
  until(`a message for ${page}`, async () => (await world.inbox(who)).find((one) => one.page === page))

/** Hands in so many statements of 李小禾 for what her village owes; gives the records’ ids. */
export async function states(world, count) {
  const lines = await ok(world.api('CADRE', 'GET', '/api/v1/duties/today'))
  const owed = lines.filter((one) => one.record_kind === 'statement' && one.status === 'open').slice(0, count)
  assert.equal(owed.length, count)
  return Promise.all(
    owed.map(async ({ id, unit_id, first }) => {
      const ids = { id: randomUUID(), version_id: randomUUID() }
      const common = { ...ids, unit_id, happened_on: first, duty_ids: [id], entry_channel: 'phone' }
      await ok(world.api('CADRE', 'POST', '/api/v1/statements', { record: common, text: '功能室都挂了牌。' }))
      return ids.id
    }),
  )
}

/** Ends every login of this person but the test's own, by hand, as from another phone. */
export async function logOutElsewhere(world, who) {
  const devices = await ok(world.api(who, 'GET', '/api/v1/me/devices'))
  for (const { session, this: own } of devices) {
    if (!own) await ok(world.api(who, 'POST', `/api/v1/me/devices/${session}/logout`, {}))
  }
}

/** The login this phone keeps is one the town no longer knows, as when it has run out. */
export const loginExpires = (phone) =>
  phone.page.evaluate(() => {
    const { wx } = globalThis
    wx.setStorageSync('session', { ...wx.getStorageSync('session'), token: 'run-out' })
  })

/** The hashes of a record's photos by slot, as the town has them. */
export const photosOf = ({ photos }) => Object.fromEntries(photos.map(({ slot, hash }) => [slot, hash]))

/** The hashes of the photos of the form in front, by slot, once they are all drawn: their files are named by them. */
export const photosOn = (phone, count) =>
  until(`${count} photos ready on the phone`, async () => {
    const { photos = {} } = await phone.data()
    const named = Object.entries(photos).flatMap(([slot, list]) =>
      list.flatMap(({ src }) => {
        const hash = /([0-9a-f]{64})\.jpg$/.exec(src)?.[1]
        return hash ? [[slot, hash]] : []
      }),
    )
    return named.length === count && Object.fromEntries(named)
  })

/** Hands a record in as a person's phone would, without one; gives the receipt. `photos` are JPEGs by slot. */
export async function handsIn(world, who, path, { unit, facts, duties = [], photos = {}, base, day }) {
  const sent = []
  for (const [slot, jpeg] of Object.entries(photos)) sent.push({ slot, hash: await upload(world, who, jpeg) })
  const record = {
    id: base?.id ?? crypto.randomUUID(),
    version_id: crypto.randomUUID(),
    ...(base ? { base_version: base.version_id } : {}),
    unit_id: unit,
    happened_on: day ?? today(),
    duty_ids: duties,
    entry_channel: 'phone',
    photos: base ? base.photos.map(({ slot, hash }) => ({ slot, hash })) : sent,
  }
  return ok(world.api(who, 'POST', `/api/v1/${path}`, { ...facts, record }))
}

/** The town's day; its clock begins on the machine's. */
export const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)

async function upload(world, who, jpeg) {
  const sha256 = createHash('sha256').update(jpeg).digest('hex')
  const form = new FormData()
  form.append('sha256', sha256)
  form.append('file', new Blob([jpeg], { type: 'image/jpeg' }), 'photo.jpg')
  const headers = { authorization: `Bearer ${world.person(who).token}`, 'x-client': 'test/1; schema=1' }
  const response = await fetch(`${world.base}/api/v1/photos`, { method: 'POST', headers, body: form })
  assert.equal(response.status, 200, await response.text())
  return sha256
}

export async function unit(world, who, name) {
  const found = (await ok(world.api(who, 'GET', '/api/v1/units'))).find((one) => one.name === name)
  assert.ok(found, `${who} has no unit “${name}”`)
  return found.id
}
