// The outbox as a whole phone has it: pages, files, storage and network of the web host in Chromium, under the random
// schedules of ../faults. Whatever fails, each record and each photo is in the town exactly once, with the right hash.
import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { ChromiumPhone, openDarkroom, startWechat } from '../faults/chromium.mjs'
import { storm, summary } from '../faults/storm.mjs'
import { binaries, startTown } from '../faults/town.mjs'
import { build } from '../host/build.mjs'
import { serve } from '../host/serve.mjs'
import { launchBrowser } from '../lib/browser.mjs'

const COUNT = 12
const first = Number(process.env.TUHE_SEED ?? Math.floor(Math.random() * 1_000_000))
const seeds = Array.from({ length: COUNT }, (_, i) => first + i)

let town
let browser
before(async () => {
  if (!process.env.TUHE_PHONE_BUILT) assert.deepEqual((await build()).problems, [])
  town = await startTown(binaries(process.env.TUHE && path.dirname(process.env.TUHE)))
  browser = await launchBrowser()
})
after(async () => {
  await browser?.close()
  await town?.stop()
})

// Half a minute on two quiet cores; a machine that does much else may take its time.
test(`${COUNT} schedules from seed ${first} (TUHE_SEED), in Chromium`, { timeout: 600_000 }, async (t) => {
  const darkroom = await openDarkroom(browser)
  const logins = new Map()
  const wechat = await startWechat(logins)
  let host
  const { problems, done } = await storm({
    town,
    seeds,
    lanes: 2,
    turns: [8, 14],
    patience: 180_000,
    makePhone: async (upstream) => {
      host = await serve({ upstream, control: wechat.url, people: [] })
      return ({ address, loginCode }) => {
        logins.set(address, loginCode)
        return new ChromiumPhone({ browser, hostUrl: host.url, darkroom, address })
      }
    },
  })
  await host.close()
  await wechat.close()
  t.diagnostic(`seeds ${first} … ${seeds.at(-1)}: ${summary(done)}`)
  assert.deepEqual(problems, [])
})
