// Who is using the phone. WeChat vouches for the person (`wx.login`); the server answers with a token for one town.
// A token that has run out is renewed silently, once, and the call repeated: nobody notices.

import { clearOf } from './cache'
import { ApiError, post, send, upload, type Call, type Post, type Upload } from './http'
import { forget, keep, recall } from './storage'

export interface Who {
  townId: string
  townName: string
  personId: string
  personName: string
}

export interface Session extends Who {
  token: string
  /** Every town this WeChat identity is bound in. */
  memberships: Who[]
}

interface Entered {
  token?: string
  memberships: { town_id: string; town_name: string; person_id: string; person_name: string }[]
}

const KEY = 'session'
/** Set when somebody logged this phone out, here or from another one: then nothing logs in silently. */
const AWAY = 'session:away'

let loaded = false
let session: Session | null = null
let entering: Promise<Session> | null = null
/** Logouts by hand: a login begun before one lets nobody in after it. */
let logouts = 0
const listeners = new Set<(session: Session | null) => void>()

/** The person logged in, also without network and with a token that has run out. */
export function current(): Session | null {
  if (!loaded) {
    session = recall<Session>(KEY) ?? null
    loaded = true
  }
  return session
}

export function isLoggedOut(): boolean {
  return recall<boolean>(AWAY) === true
}

export function onChange(listener: (session: Session | null) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Logs in with WeChat; several callers at once share one login. Throws `identity.not_bound` where a code is needed. */
export function signIn(): Promise<Session> {
  if (entering) return entering
  const mine = enter().finally(() => {
    if (entering === mine) entering = null
  })
  entering = mine
  return mine
}

async function enter(): Promise<Session> {
  const before = current()
  const begun = logouts
  const body = { code: await wechatCode(), device: device(), ...(before ? { town: before.townId } : {}) }
  let entered: Entered
  try {
    entered = await send<Entered>({ method: 'POST', path: '/api/v1/login', body })
  } catch (error) {
    // No longer bound in the town last used: enter whichever there is.
    if (!before || !(error instanceof ApiError) || error.code !== 'access.not_found') throw error
    const code = await wechatCode()
    entered = await send<Entered>({ method: 'POST', path: '/api/v1/login', body: { code, device: device() } })
  }
  if (begun !== logouts) throw loggedOut()
  return begin(entered, before?.townId)
}

/** Binds this WeChat identity with the office's code, and logs in. */
export async function bind(bindCode: string): Promise<Session> {
  const body = { code: await wechatCode(), bind_code: bindCode, device: device() }
  return begin(await send<Entered>({ method: 'POST', path: '/api/v1/bind', body }))
}

/** Enters another town in which the same WeChat identity is bound. */
export async function switchTown(townId: string): Promise<Session> {
  const entered = await call<Entered>({ method: 'POST', path: '/api/v1/me/town', body: { town: townId } })
  return begin(entered, townId)
}

/** Logs out here. What waits in the outbox stays until the same person logs in again. */
export async function logOut(everywhere = false): Promise<void> {
  const was = current()
  // Must be certain: a phone lost is the reason to ask for it.
  if (everywhere) await call({ method: 'POST', path: '/api/v1/logout/all', body: {} })
  leave()
  // The town is told afterwards: what it refuses from then on must find nobody logged in here.
  if (was && !everywhere) {
    await send({ method: 'POST', path: '/api/v1/logout', body: {}, token: was.token }).catch(() => undefined)
  }
}

/** Nobody is logged in from now on, until somebody asks for it. */
function leave(): void {
  const was = current()
  keep(AWAY, true)
  if (was) clearOf(was)
  logouts += 1
  entering = null
  set(null)
}

/** Sends as the person logged in. `as` is whose call it is; it never goes out in another person's name. */
export function call<T>(request: Call, as?: Pick<Who, 'personId' | 'townId'>): Promise<T> {
  return authorised((token) => send<T>({ ...request, token }), as)
}

/** Uploads as the person logged in. */
export function callUpload<T>(request: Upload, as?: Pick<Who, 'personId' | 'townId'>): Promise<T> {
  return authorised((token) => upload<T>({ ...request, token }), as)
}

/** Sends bytes as the person logged in; gives the headers of the answer. */
export function callPost(
  request: Post,
  as?: Pick<Who, 'personId' | 'townId'>,
): Promise<Record<string, string | undefined>> {
  return authorised((token) => post({ ...request, token }), as)
}

async function authorised<T>(
  attempt: (token: string) => Promise<T>,
  as?: Pick<Who, 'personId' | 'townId'>,
): Promise<T> {
  const first = current() ?? (await firstTime())
  const owner = as ?? first
  mustBe(owner, first)
  try {
    return await attempt(first.token)
  } catch (error) {
    if (!(error instanceof ApiError) || error.retry !== 'login') throw error
    // Ended from another phone, perhaps because this one is lost: it does not let itself in again.
    if (error.code === 'identity.logged_out' && current()?.token === first.token) leave()
  }
  // Somebody else's call may have renewed the token meanwhile, or the person may have logged out.
  const now = current()
  const renewed = !now ? await firstTime() : now.token !== first.token ? now : await signIn()
  mustBe(owner, renewed)
  return attempt(renewed.token)
}

function firstTime(): Promise<Session> {
  return isLoggedOut() ? Promise.reject(loggedOut()) : signIn()
}

function loggedOut(): ApiError {
  return new ApiError('client.logged_out', '您已退出登录,请点“登录”。', 401)
}

function mustBe(owner: Pick<Who, 'personId' | 'townId'>, session: Session): void {
  if (owner.personId !== session.personId || owner.townId !== session.townId) {
    throw new ApiError('client.other_person', '登录的人已经变了,这项内容等原来的人登录后再上传。')
  }
}

function begin(entered: Entered, townId?: string): Session {
  const memberships = entered.memberships.map((one) => ({
    townId: one.town_id,
    townName: one.town_name,
    personId: one.person_id,
    personName: one.person_name,
  }))
  // Without a wish the server enters the newest binding, which it lists first.
  const me = memberships.find((one) => one.townId === townId) ?? memberships[0]
  if (!entered.token || !me) {
    set(null)
    throw new ApiError('identity.not_bound', '这个微信还没有绑定,请输入镇里或支部给您的绑定码。', 401)
  }
  forget(AWAY)
  const fresh = { ...me, token: entered.token, memberships }
  set(fresh)
  return fresh
}

function set(fresh: Session | null): void {
  session = fresh
  loaded = true
  if (fresh) keep(KEY, fresh)
  else forget(KEY)
  for (const listener of [...listeners]) listener(fresh)
}

function wechatCode(): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.login({
      success: (answer) => resolve(answer.code),
      fail: () => reject(new ApiError('client.wechat_login', '微信登录没有成功,请检查网络后再试。')),
    })
  })
}

/** What the person will recognise in the list of devices. */
function device(): string {
  try {
    const { brand, model } = wx.getDeviceInfo()
    return `${brand} ${model}`.trim().slice(0, 60)
  } catch {
    return ''
  }
}
