// The mini-program's life in a browser: load, launch, show, hide.
import { BASE_CSS } from './builtins/css.mjs'
import { badges, chrome } from './chrome.mjs'
import { setClock } from './clock.mjs'
import { makeEngine } from './engine.mjs'
import { files } from './files.mjs'
import { levers, startLevers } from './levers.mjs'
import * as pages from './pages.mjs'
import { ui } from './ui.mjs'
import { watchTaps } from './wx/account.mjs'
import { life, updateReady } from './wx/app.mjs'
import { makeWx } from './wx/index.mjs'
import { networkChanged, watchNetwork } from './wx/network.mjs'

const SCENE_CHATS = 1001
let app
let engine
let config
let launch
let killed = false
let inFront = true
/** Definitions wait until the files have been read: code may read them as it loads. */
const waiting = []

export const host = {
  load(given) {
    config = given
  },
  runApp: (code) => void waiting.push(code),
  reach: (modules) => void waiting.push(() => void (globalThis.__host.modules = modules())),
  define: (...definition) => void waiting.push(() => engine.define(...definition)),

  async start() {
    startLevers()
    setClock()
    document.head.append(Object.assign(document.createElement('style'), { textContent: BASE_CSS }))
    await files.open()
    engine = makeEngine(config)
    const { navigate, stack, top } = pages
    globalThis.wx = makeWx({ navigate, top, badges, redraw: () => chrome.draw(), launch: () => launch })
    Object.assign(globalThis, {
      App: (definition) => void (app = definition),
      getApp: () => app,
      getCurrentPages: () => stack.map((entry) => entry.page),
      Behavior: (definition) => engine.behavior(definition),
      __wxConfig: { envVersion: 'develop' },
    })
    pages.setUp({ engine, app: config.app, pages: config.pages, onMissing: missing })
    chrome.setUp({ app: config.app, engine, stack, navigate })
    for (const step of waiting) step()
    listen()
    const asked = /^#\/(.+)$/.exec(location.hash)?.[1]
    const [path, query] = asked ? pages.parse(`/${asked}`) : [config.app.pages[0], {}]
    launch = { path, query, scene: SCENE_CHATS, referrerInfo: {} }
    performance.mark('onLaunch')
    pages.attempt(app, 'onLaunch', launch)
    show()
    pages.openFirst(launch)
    performance.mark('firstPage')
  },
}

function missing(page) {
  pages.attempt(app, 'onPageNotFound', page)
  life.missing.tell(page)
}

function show() {
  inFront = true
  pages.attempt(app, 'onShow', launch)
  life.show.tell(launch)
}

function hide() {
  inFront = false
  pages.hideTop()
  pages.attempt(app, 'onHide')
  life.hide.tell()
}

function background() {
  if (!killed && inFront) hide()
}

function foreground() {
  if (killed || inFront) return
  show()
  pages.showTop()
}

function listen() {
  watchNetwork()
  watchTaps()
  document.addEventListener('visibilitychange', () => (document.hidden ? background() : foreground()))
  addEventListener('error', ({ message, error }) => {
    const text = error?.stack ?? message
    pages.attempt(app, 'onError', text)
    life.error.tell({ message: text })
  })
  addEventListener('unhandledrejection', ({ reason, promise }) => {
    pages.attempt(app, 'onUnhandledRejection', { reason, promise })
    life.rejection.tell({ reason, promise })
  })
}

/** For tests. */
globalThis.__host = {
  levers,
  ui,
  stack: pages.stack,
  background,
  foreground,
  networkChanged,
  updateReady,
  /** From now on the app hears of nothing: what follows is its death. */
  die: () => void (killed = true),
}
