import assert from 'node:assert/strict'
import test from 'node:test'
import { BAD_GATEWAY, Device, LI, PORTAL, TOWN, Town, WANG, begin, launch, problem } from './phone/index.mjs'

test('the first call logs in by itself; many calls at once share one login', async () => {
  const town = new Town()
  const app = await launch(new Device(), town.options)
  await Promise.all([app.api.me(), app.api.me(), app.api.me()])
  assert.equal(town.logins, 1)
  assert.equal(app.session.current().personName, '李卫国')
})

test('a token that ran out is renewed silently, once, and the call repeated once', async () => {
  const { app, town } = await begin()
  town.tokens.clear()
  await Promise.all([app.api.me(), app.api.me(), app.api.dutiesToday()])
  assert.equal(town.logins, 2)
  town.instead = ({ path }) =>
    path.endsWith('/me') ? problem(401, 'identity.login_required', '请先登录。') : undefined
  const before = town.log.length
  await assert.rejects(app.api.me(), { code: 'identity.login_required', retry: 'login' })
  const calls = town.log.slice(before).filter(({ path }) => path.endsWith('/me'))
  assert.equal(calls.length, 2)
})

test('the session survives a kill and works without network', async () => {
  const { app, town, device } = await begin()
  device.kill()
  device.networkType = 'none'
  const again = await launch(device, { ...town.options, answer: async () => null })
  assert.equal(again.session.current().personId, 'li')
  await assert.rejects(again.api.me(), { code: 'client.offline', retry: 'later' })
  assert.equal(again.session.current().personId, 'li')
  assert.ok(app.dead)
})

test('who is not bound is told so; a binding code lets in', async () => {
  const town = new Town()
  town.member = undefined
  const app = await launch(new Device(), town.options)
  await assert.rejects(app.api.me(), { code: 'identity.not_bound' })
  assert.equal(app.session.current(), null)
  town.member = WANG
  await app.session.bind('ABCDE 12345')
  assert.equal(app.session.current().personId, 'wang')
  assert.equal(town.log.at(-1).sent.bind_code, 'ABCDE 12345')
})

test('after logging out nothing logs in by itself, and what was seen is forgotten', async () => {
  const { app, me, town, device } = await begin()
  app.cache.write(me, 'today', [1])
  await app.session.logOut()
  await assert.rejects(app.api.me(), { code: 'client.logged_out' })
  assert.equal(app.cache.read(me, 'today'), null)
  device.kill()
  const again = await launch(device, town.options)
  await assert.rejects(again.api.me(), { code: 'client.logged_out' })
  await again.session.signIn()
  assert.equal((await again.api.me()).person_id, 'li')
})

test('what was under way when somebody logged out logs nobody in again', async () => {
  const { app, town } = await begin()
  // A call is on its way, with a token the town takes back meanwhile.
  let answer
  const refused = problem(401, 'identity.login_required', '请先登录。')
  town.instead = ({ path }) => (path.endsWith('/me') ? new Promise((resolve) => (answer = resolve)) : undefined)
  const late = app.api.me()
  await app.session.logOut()
  answer(refused)
  await assert.rejects(late, { code: 'client.logged_out' })
  assert.equal(app.session.current(), null)
  assert.equal(town.logins, 1)
})

test('a silent login that is answered after somebody logged out lets nobody in', async () => {
  const { app, town } = await begin()
  town.tokens.clear()
  let answer
  town.instead = ({ path }) => (path.endsWith('/login') ? new Promise((resolve) => (answer = resolve)) : undefined)
  const call = app.api.me()
  call.catch(() => undefined)
  while (!answer) await new Promise((resolve) => setImmediate(resolve))
  await app.session.logOut()
  town.instead = () => undefined
  town.member = WANG
  await app.session.signIn()
  town.member = LI
  answer(town.login())
  await assert.rejects(call, { code: 'client.logged_out' })
  assert.equal(app.session.current().personId, 'wang')
})

test('logging out everywhere must be certain', async () => {
  const { app, town } = await begin()
  town.instead = ({ path }) => (path.endsWith('/logout/all') ? null : undefined)
  await assert.rejects(app.session.logOut(true), { retry: 'later' })
  assert.equal(app.session.current().personId, 'li')
})

test('no longer bound in the last town: enters the one there is', async () => {
  const { app, town } = await begin()
  town.tokens.clear()
  let asked = 0
  town.instead = ({ path, body }) => {
    if (path !== '/api/v1/login' || !body.town) return undefined
    asked += 1
    return problem(404, 'access.not_found', '没有找到这项内容,或您无权查看。')
  }
  town.member = { ...LI, town_id: 'other', person_id: 'li-there' }
  // The page asked in the old town's name: it is told to look again rather than shown another town's list.
  await assert.rejects(app.api.me(), { code: 'client.other_person' })
  assert.equal(asked, 1)
  assert.equal(app.session.current().townId, 'other')
  assert.equal((await app.api.me()).person_id, 'li-there')
})

test('another town is entered with its own session', async () => {
  const { app, town } = await begin()
  town.instead = ({ path }) =>
    path.endsWith('/me/town')
      ? town.say({ token: 't2', memberships: [LI, { ...LI, town_id: 't2', town_name: '河口镇', person_id: 'li2' }] })
      : undefined
  const session = await app.session.switchTown('t2')
  assert.equal(session.personId, 'li2')
  assert.equal(session.memberships.length, 2)
  assert.equal(session.memberships[0].townId, TOWN)
})

test('answers that are not the town’s are told apart from refusals', async () => {
  const { app, town } = await begin()
  for (const [answer, code, retry] of [
    [PORTAL, 'client.not_ours', 'later'],
    [BAD_GATEWAY, 'client.unavailable', 'later'],
    [null, 'client.offline', 'later'],
    [problem(503, 'server.busy', '系统正忙'), 'server.busy', 'later'],
    [problem(429, 'limit.too_many', '操作太频繁'), 'limit.too_many', 'later'],
    [problem(403, 'access.forbidden', '没有权限'), 'access.forbidden', 'never'],
    [problem(400, 'photo.interrupted', '没有传完'), 'photo.interrupted', 'later'],
  ]) {
    town.instead = ({ path }) => (path.endsWith('/me') ? answer : undefined)
    await assert.rejects(app.api.me(), { code, retry })
  }
})

test('the seconds the town asks to wait are kept', async () => {
  const { app, town } = await begin()
  town.instead = () => ({ ...problem(503, 'photo.busy', '正忙'), header: { 'Retry-After': '7' } })
  await assert.rejects(app.api.me(), { retryAfter: 7 })
})

test('the town is unreachable when it does not answer, and reachable again when it does', async () => {
  const { app, town } = await begin()
  town.instead = () => null
  await app.api.me().catch(() => undefined)
  assert.equal(app.network.reach(), 'unreachable')
  assert.match(app.network.banner(), /暂时连不上/)
  town.instead = () => undefined
  await app.api.me()
  assert.equal(app.network.banner(), '')
  app.wx.changeNetwork('none')
  assert.match(app.network.banner(), /没有网络/)
})

test('a phone whose clock is days off follows the town’s for showing, and is told', async () => {
  const device = new Device()
  device.skew = -40 * 86_400_000
  const { app, town } = await begin({ device })
  await app.api.me()
  assert.ok(Math.abs(app.clock.now() - Date.now()) < 5_000)
  assert.equal(app.clock.isWrong(), true)
  device.kill()
  const again = await launch(device, { ...town.options, answer: async () => null })
  assert.ok(Math.abs(again.clock.now() - Date.now()) < 5_000, 'remembered without network')
})

test('a phone logged out from another one asks before it lets anybody in again, and forgets what was seen', async () => {
  const { app, me, town, device } = await begin()
  app.cache.write(me, 'today', [1])
  town.instead = ({ path }) =>
    path.endsWith('/login') ? undefined : problem(401, 'identity.logged_out', '已退出登录,请重新登录。')
  await assert.rejects(app.api.me(), { code: 'client.logged_out' })
  assert.equal(app.session.current(), null)
  assert.equal(app.cache.read(me, 'today'), null)
  assert.equal(town.logins, 1)
  device.kill()
  const again = await launch(device, town.options)
  await assert.rejects(again.api.me(), { code: 'client.logged_out' })
  town.instead = () => undefined
  await again.session.signIn()
  assert.equal((await again.api.me()).person_id, 'li')
})
