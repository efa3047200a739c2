// The behaviour every form has: kept at every change, asked question by question, handed in once.

import assert from 'node:assert/strict'
import test from 'node:test'
import { FORM, begin, encoded, jpeg } from './phone/index.mjs'

const TEXT_MISSING = { field: 'text', message: '请写几句。' }

/** A page with the behaviour, as WeChat would make it; its one field is `text`, and it may have a photo. */
function open(phone, name = 'a') {
  const { data, methods } = phone.app.form
  const page = { data: structuredClone(data), ...methods, text: '' }
  page.setData = (fresh) => Object.assign(page.data, fresh)
  page.write = (text) => {
    page.text = text
    page.keep({ ...FORM, text })
  }
  const problems = () => (page.text === '' ? [TEXT_MISSING] : [])
  const draft = page.begin(name, { kind: 'statement', form: FORM }, { fields: [['text'], ['photo']], problems })
  return { page, draft }
}

const take = (phone, page, picture, replaces = '') => {
  const temp = phone.device.camera(picture)
  const detail = { temp, bytes: picture.length, source: 'camera', replaces }
  return page.photoTaken({ currentTarget: { dataset: { slot: 'other' } }, detail })
}

test('what is written is kept at every change, and there again after a kill', async () => {
  const phone = await begin()
  open(phone).page.write('写到一半')
  phone.device.kill()
  const again = await begin(phone)
  assert.equal(open(again).draft.form.text, '写到一半')
})

test('a screen of 大字 is left only when its answer is right, and says why not', async () => {
  const { page } = open(await begin())
  assert.deepEqual([page.data.step, page.data.steps, page.data.asking], [0, 2, 'text'])
  page.nextStep()
  assert.deepEqual([page.data.step, page.data.problems, page.data.barWords], [0, { text: '请写几句。' }, '请写几句。'])
  page.write('做了')
  assert.deepEqual([page.data.problems, page.data.barWords], [{}, ''])
  page.nextStep()
  assert.equal(page.data.asking, 'photo')
  page.nextStep()
  assert.equal(page.data.step, 1)
  page.previousStep()
  assert.equal(page.data.asking, 'text')
})

test('handing in what is not finished leads to what is missing, and nothing is sent', async () => {
  const phone = await begin()
  const { page } = open(phone)
  page.toStep(1)
  assert.equal(await page.handIn('文字记录'), false)
  assert.deepEqual([page.data.step, page.data.barWords, page.data.handedIn], [0, '请写几句。', ''])
  assert.equal(phone.app.wx.screen.at(-1).selector, '#f-text')
  assert.equal(phone.app.outbox.list().length, 0)
})

test('two taps on 提交 make one item, and the form is closed by the first', async () => {
  const phone = await begin()
  const { page, draft } = open(phone)
  page.write('做了')
  assert.deepEqual(await Promise.all([page.handIn('文字记录'), page.handIn('文字记录')]), [true, false])
  assert.equal(page.data.handedIn, draft.versionId)
  page.write('交了以后又改')
  assert.equal(await page.handIn('文字记录'), false)
  assert.deepEqual(
    phone.app.outbox.list().map(({ form, versionId }) => [versionId, form.text]),
    [[draft.versionId, '做了']],
  )
})

test('a photo taken anew takes the place of the old one, which goes when the new one is safe', async () => {
  const phone = await begin()
  const { page } = open(phone)
  assert.equal(await take(phone, page, jpeg('first')), true)
  const [old] = page.data.photos.other
  // No room for the new one: the old one stays.
  const { fileLimit } = phone.device
  phone.device.fileLimit = 0
  assert.equal(await take(phone, page, jpeg('second'), old.id), false)
  assert.match(page.data.barWords, /满了/)
  assert.deepEqual(
    page.data.photos.other.map(({ id }) => id),
    [old.id],
  )
  phone.device.fileLimit = fileLimit
  assert.equal(await take(phone, page, jpeg('second'), old.id), true)
  assert.equal(page.countOf('other'), 1)
  const draft = await phone.app.outbox.drafts.settled(phone.me, 'a')
  assert.deepEqual(phone.device.file(draft.photos[0].path), encoded(jpeg('second')))
  await page.photoRemoved({ detail: { id: draft.photos[0].id } })
  assert.equal(page.countOf('other'), 0)
})

test('a form thrown away leaves nothing on the phone', async () => {
  const phone = await begin()
  const { page } = open(phone)
  page.write('不要了')
  await take(phone, page, jpeg('x'))
  await phone.app.outbox.drafts.settled(phone.me, 'a')
  await page.throwAway()
  assert.deepEqual(phone.device.leftovers(), [])
})
