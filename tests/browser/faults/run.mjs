// Many random schedules of the real outbox against the real town, side by side. A failing one says its seed:
//   node run.mjs [--count 200] [--seed N] [--lanes 8] [--bin FOLDER]
// With --seed and --count 1, that very schedule.

import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { startProxy } from './proxy.mjs'
import { Schedule } from './schedule.mjs'
import { binaries, startTown } from './town.mjs'
import { standing, verify } from './verify.mjs'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string' },
    lanes: { type: 'string', default: '8' },
    bin: { type: 'string' },
  },
})
const first = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed)
const seeds = Array.from({ length: Number(values.count) }, (_, i) => first + i)

// Ended by hand: nothing of the town stays behind.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void town.stop().then(() => process.exit(1)))

const town = await startTown(binaries(values.bin))
let failed = 0
try {
  const units = Object.fromEntries(
    (await town.ask("select kind || ' ' || name, id from unit")).map(([name, id]) => [name, id]),
  )
  const people = [
    { openid: 'demo-cadre', village: units['village 石桥村'], branch: null },
    { openid: 'demo-li', village: units['village 石桥村'], branch: units['branch 石桥村第一党支部'] },
    { openid: 'demo-wang', village: null, branch: units['branch 石桥村第一党支部'] },
  ]
  const before = await standing(town)
  const byAddress = new Map()
  const proxy = await startProxy(town.base, (owner, request) => byAddress.get(owner)?.decide(request) ?? null)
  const started = performance.now()
  console.log(`seeds ${first} … ${first + seeds.length - 1}`)
  const done = []
  const queue = [...seeds]
  const lane = async () => {
    for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
      const schedule = new Schedule(seed, town, proxy.base, people)
      byAddress.set(schedule.address, schedule)
      try {
        await schedule.run()
        done.push(schedule)
      } catch (error) {
        failed += 1
        console.error(`seed ${seed}: ${error.stack ?? error}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Number(values.lanes) }, lane))
  const problems = failed === 0 ? await verify(town, done, before) : ['not verified: schedules failed']
  for (const problem of problems) console.error(problem)
  failed += problems.length
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const kills = done.reduce((sum, schedule) => sum + schedule.kills, 0)
  const records = done.reduce((sum, schedule) => sum + schedule.intents.length, 0)
  const photos = done.reduce((sum, { intents }) => sum + intents.reduce((n, intent) => n + intent.shots.length, 0), 0)
  console.log(`${done.length} schedules, ${records} submissions, ${photos} photos, ${kills} kills, ${seconds} s`)
  console.log(
    `requests: ${Object.entries(proxy.counts)
      .map(([name, n]) => `${name} ${n}`)
      .join(', ')}`,
  )
  await proxy.close()
} finally {
  await town.stop()
}
if (failed > 0) {
  console.error(`${failed} failed; again with --seed N --count 1`)
  // Phones killed in the middle leave timers behind; nobody waits for those.
  process.exit(1)
} else {
  console.log('every record once, every photo once, nothing left on a phone')
  process.exit(0)
}
