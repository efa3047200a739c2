import assert from 'node:assert/strict'
import test from 'node:test'
import {
  BAD_GATEWAY,
  Device,
  FORM,
  LI,
  PORTAL,
  WANG,
  begin,
  encoded,
  handIn,
  jpeg,
  orKilled,
  problem,
  states,
  until,
} from './phone/index.mjs'

const isDone = (app) => () => states(app).every((state) => state === 'received')
const bodies = (town, path) => town.log.filter((entry) => entry.path === path)

test('words go first, then the photos the town lacks, then the words again; then the phone is empty', async () => {
  const phone = await begin()
  await handIn(phone, 'a', { slots: ['before', 'after'] })
  await until(phone.app, isDone(phone.app))
  const paths = phone.town.log.map(({ path }) => path.replace('/api/v1/', '')).filter((path) => path !== 'login')
  assert.deepEqual(paths, ['statements', 'photos', 'photos', 'statements'])
  assert.deepEqual(phone.device.leftovers(), [])
  assert.equal(phone.town.log.at(-1).client, 'tuhe-phone/1.0.0; schema=1')
})

test('the words of every item go before anybody’s photos', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('none')
  await handIn(phone, 'a', { slots: ['before'] })
  await handIn(phone, 'b', { slots: ['before'] })
  phone.app.wx.changeNetwork('4g')
  await until(phone.app, isDone(phone.app))
  const paths = phone.town.log.map(({ path }) => path).filter((path) => !path.endsWith('login'))
  assert.deepEqual(paths.slice(0, 2), ['/api/v1/statements', '/api/v1/statements'])
})

test('submitting the same draft twice makes one item', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('none')
  phone.app.outbox.drafts.open(phone.me, 'a', { kind: 'statement', form: FORM })
  const [first, second] = await Promise.all([phone.app.outbox.enqueue('a', 't'), phone.app.outbox.enqueue('a', 't')])
  assert.equal(first.versionId, second.versionId)
  assert.equal(phone.app.outbox.list().length, 1)
})

test('a form that was only looked at is no draft to go on with', async () => {
  const phone = await begin()
  const { drafts } = phone.app.outbox
  drafts.open(phone.me, 'a', { kind: 'statement', form: FORM })
  drafts.save(phone.me, 'a', { ...FORM, text: '上次的地点' }, false)
  assert.deepEqual(drafts.list(phone.me), [])
  drafts.save(phone.me, 'a', { ...FORM, text: '大厅已经设好' })
  drafts.save(phone.me, 'a', { ...FORM, text: '大厅已经设好。' }, false)
  assert.deepEqual(
    drafts.list(phone.me).map(({ name, form }) => [name, form.text]),
    [['a', '大厅已经设好。']],
  )
})

test('two pumps at once are one run', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('none')
  await handIn(phone, 'a', { slots: ['before'] })
  phone.app.wx.changeNetwork('4g')
  await Promise.all([phone.app.outbox.pump(), phone.app.outbox.pump(), phone.app.outbox.hurry()])
  await until(phone.app, isDone(phone.app))
  assert.equal(bodies(phone.town, '/api/v1/photos').length, 1)
})

test('at most two photos are on their way at once', async () => {
  const phone = await begin()
  let now = 0
  let most = 0
  const answer = phone.town.options.answer
  phone.device.kill()
  const slow = async (request) => {
    if (!request.path.endsWith('photos')) return answer(request)
    now += 1
    most = Math.max(most, now)
    await new Promise((resolve) => setTimeout(resolve, 10))
    now -= 1
    return answer(request)
  }
  const again = await begin({ device: phone.device, town: phone.town, options: { answer: slow } })
  again.app.wx.changeNetwork('none')
  for (const name of ['a', 'b', 'c']) await handIn(again, name, { slots: ['before', 'after'] })
  again.app.wx.changeNetwork('4g')
  await until(again.app, isDone(again.app))
  assert.equal(most, 2)
})

test('a permanent refusal stops that item, says why, and leaves the rest moving', async () => {
  const phone = await begin()
  phone.town.instead = ({ body }) =>
    body?.text === '坏' ? problem(422, 'checkin.future', '2026年12月1日还没到,请核对日期后再提交。') : undefined
  phone.app.wx.changeNetwork('none')
  const bad = await handIn(phone, 'bad', { form: { ...FORM, text: '坏' } })
  await handIn(phone, 'good')
  phone.app.wx.changeNetwork('4g')
  await until(phone.app, () => !states(phone.app).includes('waiting') && !states(phone.app).includes('sending'))
  assert.deepEqual(states(phone.app).sort(), ['received', 'refused'])
  const refused = phone.app.outbox.find(bad.versionId)
  assert.equal(refused.error.code, 'checkin.future')
  assert.equal(phone.app.outbox.words.detailWords(refused), '2026年12月1日还没到,请核对日期后再提交。')
  const before = phone.town.log.length
  await phone.app.outbox.hurry()
  assert.equal(phone.town.log.length, before, 'it is not sent again by itself')
})

test('a refused item is changed and handed in again with its words and photos, and the old one goes', async () => {
  const phone = await begin()
  phone.town.instead = ({ body }) => (body?.text === '坏' ? problem(422, 'checkin.future', '还没到') : undefined)
  const bad = await handIn(phone, 'bad', { form: { ...FORM, text: '坏' }, slots: ['before'] })
  await until(phone.app, () => states(phone.app).includes('refused'))
  const draft = phone.app.outbox.drafts.reopen(phone.app.outbox.find(bad.versionId))
  assert.equal(phone.app.outbox.drafts.reopen(phone.app.outbox.find(bad.versionId)).versionId, draft.versionId)
  assert.equal(draft.photos.length, 1)
  phone.app.outbox.drafts.save(phone.me, draft.name, { ...draft.form, text: '好' })
  const good = await phone.app.outbox.enqueue(draft.name, '文字记录')
  await until(phone.app, isDone(phone.app))
  assert.equal(good.id, bad.id)
  assert.deepEqual(
    phone.app.outbox.list().map((item) => item.versionId),
    [good.versionId],
  )
  assert.deepEqual(phone.device.leftovers(), [])
})

test('somebody else edited meanwhile: the text is kept and offered upon the newest version', async () => {
  const phone = await begin()
  const first = await handIn(phone, 'a')
  await until(phone.app, isDone(phone.app))
  const record = phone.town.records.get(first.id)
  record.versions.push({ id: 'theirs', content: '', photos: [], writer: 'wang' })
  const edit = await handIn(phone, 'edit', {
    begin: { recordId: first.id, baseVersion: first.versionId },
    form: { ...FORM, text: '我的' },
  })
  await until(phone.app, () => states(phone.app).includes('refused'))
  const refused = phone.app.outbox.find(edit.versionId)
  assert.equal(refused.error.code, 'checkin.version_conflict')
  assert.equal(phone.app.outbox.words.wayOut(refused).action, 'compare')
  const draft = phone.app.outbox.drafts.reopen(refused)
  assert.equal(draft.baseVersion, 'theirs')
  assert.equal(draft.form.text, '我的')
  await phone.app.outbox.enqueue(draft.name, '文字记录')
  await until(phone.app, isDone(phone.app))
  assert.equal(record.versions.length, 3)
})

test('a later version waits for the one it was written upon, whatever the clock said', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('none')
  phone.device.skew = 40 * 86_400_000
  const first = await handIn(phone, 'a', { slots: ['before'] })
  phone.device.skew = -40 * 86_400_000
  const photos = [{ slot: 'before', hash: phone.app.outbox.find(first.versionId).photos[0].hash }]
  await handIn(phone, 'b', { slots: ['after'], begin: { recordId: first.id, baseVersion: first.versionId, photos } })
  phone.app.wx.changeNetwork('4g')
  await until(phone.app, isDone(phone.app))
  assert.equal(phone.town.records.get(first.id).versions.length, 2)
  assert.equal(phone.town.photos.size, 2)
  assert.deepEqual(phone.device.leftovers(), [])
})

test('a version upon a refused one stands in for it', async () => {
  const phone = await begin()
  phone.town.instead = ({ body }) => (body?.text === '坏' ? problem(422, 'checkin.future', '还没到') : undefined)
  phone.app.wx.changeNetwork('none')
  const first = await handIn(phone, 'a', { form: { ...FORM, text: '坏' }, slots: ['before'] })
  const photos = [{ slot: 'before', hash: phone.app.outbox.find(first.versionId).photos[0].hash }]
  await handIn(phone, 'b', { slots: ['after'], begin: { recordId: first.id, baseVersion: first.versionId, photos } })
  phone.app.wx.changeNetwork('4g')
  await until(phone.app, isDone(phone.app))
  assert.equal(phone.town.records.get(first.id).versions.length, 1)
  assert.equal(phone.town.photos.size, 2)
})

test('a version upon one being put right waits for it and follows it', async () => {
  const phone = await begin()
  phone.town.instead = ({ body }) => (body?.text === '坏' ? problem(422, 'checkin.future', '还没到') : undefined)
  const first = await handIn(phone, 'a', { form: { ...FORM, text: '坏' } })
  await until(phone.app, () => states(phone.app).includes('refused'))
  const draft = phone.app.outbox.drafts.reopen(phone.app.outbox.find(first.versionId))
  const begun = { recordId: first.id, baseVersion: first.versionId }
  const second = await handIn(phone, 'b', { begin: begun, form: { ...FORM, text: '后来' } })
  await phone.app.outbox.hurry()
  assert.equal(phone.town.records.size, 0)
  phone.app.outbox.drafts.save(phone.me, draft.name, { ...draft.form, text: '好' })
  const corrected = await phone.app.outbox.enqueue(draft.name, '文字记录')
  await until(phone.app, isDone(phone.app))
  const { versions } = phone.town.records.get(first.id)
  assert.deepEqual(
    versions.map((version) => version.id),
    [corrected.versionId, second.versionId],
  )
})

test('a suggestion gets its number', async () => {
  const phone = await begin()
  const item = await handIn(phone, 'f', {
    kind: 'feedback',
    form: { kind: 'suggestion', text: '路灯坏了' },
    title: '意见建议',
  })
  await until(phone.app, isDone(phone.app))
  assert.deepEqual(bodies(phone.town, '/api/v1/feedback')[0].sent, {
    id: item.id,
    kind: 'suggestion',
    text: '路灯坏了',
  })
  assert.match(phone.app.outbox.words.detailWords(phone.app.outbox.find(item.versionId)), /2026-1/)
})

test('what is not the town’s word refuses nothing', async () => {
  for (const strange of [PORTAL, BAD_GATEWAY, { statusCode: 404, header: {}, data: '<h1>404</h1>' }, null]) {
    const phone = await begin()
    let left = 3
    phone.town.instead = ({ path }) => (path.endsWith('statements') && (left -= 1) >= 0 ? strange : undefined)
    await handIn(phone, 'a', { slots: ['before'] })
    await until(phone.app, isDone(phone.app))
    phone.device.kill()
  }
})

test('a photo a kill has spoilt is taken again after the next one, and each is where it belongs', async () => {
  const phone = await begin()
  const { device, town, me } = phone
  phone.app.outbox.drafts.open(me, 'a', { kind: 'statement', form: FORM })
  const take = (app, slot) => {
    const bytes = jpeg(slot)
    return app.outbox.drafts.addPhoto(me, 'a', {
      slot,
      temp: device.camera(bytes),
      bytes: bytes.length,
      source: 'camera',
    })
  }
  await take(phone.app, 'other')
  await phone.app.outbox.drafts.settled(me, 'a')
  // The draft names it, and half of its bytes are copied.
  device.killPlan = { at: device.writes + 2, when: 'during' }
  await orKilled(phone.app, take(phone.app, 'meeting'))
  const { app } = await begin({ device, town })
  await take(app, 'sheet')
  const [, spoilt] = app.outbox.drafts.peek(me, 'a').photos
  assert.deepEqual([spoilt.slot, spoilt.state], ['meeting', 'failed'])
  await app.outbox.drafts.removePhoto(me, 'a', spoilt.id)
  await take(app, 'meeting')
  const item = await app.outbox.enqueue('a', '文字记录')
  await until(app, isDone(app))
  const named = town.records.get(item.id).versions[0].photos
  assert.deepEqual(
    named.map(({ slot, hash }) => [slot, town.photos.get(hash)]),
    ['other', 'sheet', 'meeting'].map((slot) => [slot, encoded(jpeg(slot))]),
  )
})

test('a photo damaged on the way is sent again; one damaged on the phone is said so', async () => {
  const phone = await begin()
  let once = true
  const mismatch = () => problem(422, 'photo.hash_mismatch', '照片在传输中损坏了')
  phone.town.instead = ({ path }) => (path.endsWith('photos') && once ? ((once = false), mismatch()) : undefined)
  await handIn(phone, 'a', { slots: ['before'] })
  await until(phone.app, isDone(phone.app))

  phone.app.wx.changeNetwork('none')
  const item = await handIn(phone, 'b', { slots: ['before'] })
  const { path } = phone.app.outbox.find(item.versionId).photos[0]
  phone.device.files.set(path, jpeg('something else'))
  phone.app.wx.changeNetwork('4g')
  await until(phone.app, () => states(phone.app).includes('refused'))
  assert.equal(phone.app.outbox.find(item.versionId).error.code, 'photo.damaged')
})

test('a photo short is said so, and nothing is let go', async () => {
  const phone = await begin()
  const answer = phone.town.receipt.bind(phone.town)
  phone.town.receipt = (...given) => ({ ...answer(...given), photos_short: 1, complete: false })
  const item = await handIn(phone, 'a', { slots: ['before'] })
  await until(phone.app, () => states(phone.app).includes('refused'))
  const refused = phone.app.outbox.find(item.versionId)
  assert.equal(refused.error.message, '镇里已收到,还差 1 张照片,请点“补照片”补上。')
  assert.equal(phone.device.leftovers().filter((path) => path.endsWith('.jpg')).length, 1)
  assert.equal(phone.app.outbox.drafts.reopen(refused).baseVersion, item.versionId)
})

test('the camera’s own file waits for Wi-Fi; its words do not', async () => {
  const phone = await begin()
  const { drafts } = phone.app.outbox
  drafts.open(phone.me, 'a', { kind: 'statement', form: FORM })
  const bytes = jpeg('whole', 5000)
  const temp = phone.device.camera(bytes)
  await drafts.addPhoto(phone.me, 'a', { slot: 'other', temp, bytes: bytes.length, source: 'camera', full: true })
  const item = await phone.app.outbox.enqueue('a', '文字记录')
  await until(phone.app, () => phone.town.records.size === 1)
  await phone.app.outbox.hurry()
  assert.equal(phone.town.photos.size, 0)
  assert.equal(phone.app.outbox.find(item.versionId).error.message, '原图较大,等连上无线网自动上传。')
  phone.app.wx.changeNetwork('wifi')
  await until(phone.app, isDone(phone.app))
  assert.deepEqual([...phone.town.photos.values()], [bytes])
})

test('a picture the phone cannot read is said so at once and never leaves it', async () => {
  const phone = await begin()
  const { drafts } = phone.app.outbox
  drafts.open(phone.me, 'a', { kind: 'statement', form: FORM })
  const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1')
  await drafts.addPhoto(phone.me, 'a', {
    slot: 'other',
    temp: phone.device.camera(heic),
    bytes: heic.length,
    source: 'album',
  })
  await assert.rejects(phone.app.outbox.enqueue('a', 't'), /兼容性最佳/)
  assert.equal(phone.town.photos.size, 0)
  const [photo] = drafts.peek(phone.me, 'a').photos
  await drafts.removePhoto(phone.me, 'a', photo.id)
  await phone.app.outbox.enqueue('a', 't')
  await until(phone.app, isDone(phone.app))
})

test('a full phone is explained and drops nothing', async () => {
  const phone = await begin()
  const { drafts } = phone.app.outbox
  drafts.open(phone.me, 'a', { kind: 'statement', form: FORM })
  phone.device.files.set('wxfile://usr/outbox/', Buffer.alloc(0))
  phone.device.files.set('wxfile://usr/outbox/big', Buffer.alloc(190 * 1024 * 1024))
  const room = await phone.app.outbox.room()
  assert.equal(room.full, true)
  assert.match(room.words, /待上传/)
  const taken = { slot: 'other', temp: phone.device.camera(jpeg('x')), bytes: 500, source: 'camera' }
  await assert.rejects(drafts.addPhoto(phone.me, 'a', taken), { code: 'phone.full' })
  assert.equal(drafts.peek(phone.me, 'a').photos.length, 0)
})

test('storage full at submitting: the draft stays, and is sent when there is room', async () => {
  const phone = await begin({ device: new Device({ storageLimitKB: 32 }) })
  const { drafts } = phone.app.outbox
  drafts.open(phone.me, 'a', { kind: 'statement', form: { ...FORM, text: '字'.repeat(9000) } })
  phone.device.storage.set('other', JSON.stringify('x'.repeat(18 * 1024)))
  await assert.rejects(phone.app.outbox.enqueue('a', 't'), { code: 'phone.full' })
  assert.equal(drafts.peek(phone.me, 'a').form.text.length, 9000)
  phone.device.storage.delete('other')
  await phone.app.outbox.enqueue('a', 't')
  await until(phone.app, isDone(phone.app))
})

test('another person’s items stay until that person is back', async () => {
  const phone = await begin()
  phone.app.wx.changeNetwork('none')
  const item = await handIn(phone, 'a')
  phone.town.instead = ({ path }) => (path.endsWith('statements') ? null : undefined)
  phone.app.wx.changeNetwork('4g')
  await phone.app.outbox.hurry()
  await phone.app.session.logOut()
  phone.town.instead = () => undefined
  phone.town.member = WANG
  const wang = await phone.app.session.signIn()
  await phone.app.outbox.hurry()
  assert.equal(phone.town.records.size, 0)
  assert.equal(phone.app.outbox.list().length, 0)
  assert.deepEqual(phone.app.outbox.others(), { otherPersons: 1, newer: 0 })
  assert.equal(phone.app.outbox.drafts.peek(wang, 'a'), null)
  await phone.app.session.logOut()
  phone.town.member = LI
  await phone.app.session.signIn()
  await until(phone.app, isDone(phone.app))
  assert.equal(phone.town.records.get(item.id).versions[0].writer, 'li')
})

test('an item is never sent in the name of somebody who logged in while it was on its way', async () => {
  const phone = await begin()
  // The token runs out, and WeChat's account on this phone is another person's now.
  phone.town.tokens.clear()
  phone.town.member = WANG
  await handIn(phone, 'a')
  await phone.app.outbox.pump()
  assert.equal(phone.town.records.size, 0)
  assert.equal(phone.app.session.current().personId, 'wang')
  assert.deepEqual(phone.app.outbox.others(), { otherPersons: 1, newer: 0 })
})
