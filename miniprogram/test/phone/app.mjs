// Launches the mini-program's own code (services and outbox, as they ship) on a Device: a fresh copy per launch, with
// its own `wx`, its own clock and its own timers, so that killing it leaves nothing running.

import path from 'node:path'
import { build } from 'esbuild'
import { makeWx } from './wx.mjs'

const root = path.resolve(import.meta.dirname, '../..')
const EXPORTS = `
  export * as outbox from './src/outbox/index'
  export * as store from './src/outbox/store'
  export * as sweeping from './src/outbox/sweep'
  export * as session from './src/services/session'
  export * as network from './src/services/network'
  export * as cache from './src/services/cache'
  export * as clock from './src/services/clock'
  export * as subscribe from './src/services/subscribe'
  export * as api from './src/services/api'
  export * as preferences from './src/services/preferences'
  export * as dates from './src/utils/dates'
  export { form } from './src/behaviors/form'`
let code = null

/** The code as it ships; with `plugins` of esbuild, something else. */
export async function compile(plugins = []) {
  const { outputFiles } = await build({
    stdin: { contents: EXPORTS, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'iife',
    globalName: 'app',
    target: 'es2020',
    write: false,
    plugins,
  })
  return outputFiles[0].text
}

/** `speed`: how many times faster timers run than the app asks. `code`: other than the code that ships. */
export async function launch(device, options = {}) {
  if (device.app) throw new Error('one app per phone')
  const text = options.code ?? (await (code ??= compile()))
  const timers = new Set()
  const app = { dead: false, connections: new Set() }
  app.gone = new Promise((resolve) => {
    app.die = () => {
      app.dead = true
      for (const timer of timers) clearTimeout(timer)
      for (const connection of app.connections) connection.destroy()
      resolve('killed')
    }
  })
  device.app = app
  const setTimer = (work, ms = 0) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        if (!app.dead) work()
      },
      ms / (options.speed ?? 1),
    )
    timers.add(timer)
    return timer
  }
  const clear = (timer) => {
    timers.delete(timer)
    clearTimeout(timer)
  }
  const wx = makeWx(app, device, options)
  const factory = new Function('wx', 'Date', 'setTimeout', 'clearTimeout', 'Behavior', `${text}\nreturn app`)
  return Object.assign(
    app,
    factory(wx, skewed(device), setTimer, clear, (definition) => definition),
    { wx },
  )
}

/** A Date that is as wrong as the phone's clock. */
function skewed(device) {
  return class extends Date {
    constructor(...given) {
      if (given.length === 0) super(Date.now() + device.skew)
      else super(...given)
    }

    static now() {
      return Date.now() + device.skew
    }
  }
}

/** Waits for work of the app, or for its end. */
export async function orKilled(app, work) {
  return Promise.race([Promise.resolve(work), app.gone])
}
