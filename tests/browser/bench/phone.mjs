// How soon the phone shows something, how long a full outbox takes to empty, and how much of the mini-program there is.
// Fails when a limit is passed, or when the town has anything twice.
//
//   node bench/phone.mjs [--starts 9] [--photos 100]
import path from 'node:path'
import { parseArgs } from 'node:util'
import { drain, drainWords } from '../faults/bench.mjs'
import { build } from '../host/build.mjs'
import { startWorld } from '../lib/world.mjs'

const { values } = parseArgs({
  options: { starts: { type: 'string', default: '9' }, photos: { type: 'string', default: '100' } },
})
const LIMITS = { 'first cached card after onLaunch': 300, 'first cached card after navigation': 1000 }
const MAIN_LIMIT_KIB = 1024
/** A card of 今日, from the cache. */
const CARD = '.page-frame:not([hidden]) duty-card, .page-frame:not([hidden]) .duty-card'

const { problems, sums } = await build()
if (problems.length > 0) throw new Error(problems.join('\n'))
const world = await startWorld()
let failed = false
try {
  const phone = await world.openAs('李小禾')
  await phone.page.locator(CARD).first().waitFor()
  // From here on only the cache can answer.
  await phone.context.addInitScript(watchFor, CARD)
  const afterLaunch = []
  const afterNavigation = []
  for (let i = 0; i < Number(values.starts); i += 1) {
    await phone.kill()
    world.host.upstream = 'http://127.0.0.1:9'
    await phone.start()
    const [launched, shown] = await phone.page.evaluate(() => globalThis.__shown)
    afterLaunch.push(shown - launched)
    afterNavigation.push(shown)
  }
  report('first cached card after onLaunch', afterLaunch)
  report('first cached card after navigation', afterNavigation)
} finally {
  await world.close()
}
const bin = process.env.TUHE && path.dirname(process.env.TUHE)
console.log(drainWords(await drain({ photos: Number(values.photos), bin })))
for (const [pack, bytes] of Object.entries(sums)) {
  const kib = bytes / 1024
  console.log(`package ${pack}: ${kib.toFixed(1)} KiB`)
  if (pack === 'main' && kib > MAIN_LIMIT_KIB) failed = true
}
process.exitCode = failed ? 1 : 0

/** The middle of the starts counts; the slowest is told too. */
function report(name, times) {
  const sorted = times.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]
  const limit = LIMITS[name]
  const verdict = middle <= limit ? 'ok' : 'TOO SLOW'
  console.log(
    `${name}: median ${middle.toFixed(0)} ms, slowest ${sorted.at(-1).toFixed(0)} ms, limit ${limit} ms: ${verdict}`,
  )
  if (middle > limit) failed = true
}

/** In the page: resolves with [onLaunch, first card painted], in milliseconds since the navigation began. */
function watchFor(selector) {
  globalThis.__shown = new Promise((resolve) => {
    const look = () => {
      const launch = performance.getEntriesByName('onLaunch')[0]
      if (launch && document.querySelector(selector)) {
        // Painted by the frame after next.
        requestAnimationFrame(() => requestAnimationFrame(() => resolve([launch.startTime, performance.now()])))
      } else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
}
