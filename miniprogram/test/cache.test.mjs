import assert from 'node:assert/strict'
import test from 'node:test'
import { WANG, begin, problem } from './phone/index.mjs'

const wang = { townId: WANG.town_id, personId: 'wang' }

test('one person’s cache is never another’s, nor one town’s another’s', async () => {
  const { app, me } = await begin()
  app.cache.write(me, 'today', ['mine'])
  assert.equal(app.cache.read(wang, 'today'), null)
  assert.equal(app.cache.read({ ...me, townId: 'other' }, 'today'), null)
  app.cache.write(wang, 'today', ['hers'])
  app.cache.clearOf(me)
  assert.equal(app.cache.read(me, 'today'), null)
  assert.deepEqual(app.cache.read(wang, 'today').value, ['hers'])
})

test('the cached comes first, then the fresh; without network the cached stays, with its time', async () => {
  const { app, me } = await begin()
  const shown = []
  const show = (cached, stale) => shown.push([cached.value, stale])
  await app.cache.showThenFetch(me, 'x', async () => 1, show)
  await app.cache.showThenFetch(me, 'x', async () => 2, show)
  const offline = Object.assign(new Error('offline'), { retry: 'later' })
  await app.cache.showThenFetch(me, 'x', () => Promise.reject(offline), show)
  assert.deepEqual(shown, [
    [1, false],
    [1, true],
    [2, false],
    [2, true],
  ])
  assert.ok(Math.abs(app.cache.read(me, 'x').at - Date.now()) < 5_000)
})

test('with nothing to show, or a refusal, the error is the page’s', async () => {
  const { app, me, town } = await begin()
  town.instead = () => problem(404, 'access.not_found', '没有找到')
  app.cache.write(me, 'gone', 1)
  await assert.rejects(
    app.cache.showThenFetch(
      me,
      'gone',
      () => app.api.me(),
      () => undefined,
    ),
    { status: 404 },
  )
  town.instead = () => null
  await assert.rejects(
    app.cache.showThenFetch(
      me,
      'never',
      () => app.api.me(),
      () => undefined,
    ),
    { retry: 'later' },
  )
})

test('the cache stays small: the oldest goes, what is too large is not kept', async () => {
  const { app, me, device } = await begin()
  for (let i = 0; i < 12; i += 1) {
    device.skew = i * 1000
    app.cache.write(me, `list ${i}`, 'x'.repeat(200_000))
  }
  assert.equal(app.cache.read(me, 'list 0'), null)
  assert.ok(app.cache.read(me, 'list 11'))
  assert.ok(device.storageKB < 1_600)
  app.cache.write(me, 'huge', 'x'.repeat(400_000))
  assert.equal(app.cache.read(me, 'huge'), null)
})
