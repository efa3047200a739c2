// Many random schedules of the real outbox against the real town, side by side. A failing one says its seed:
//   node run.mjs [--count 200] [--seed N] [--lanes 8] [--faults 0.9] [--bin FOLDER]
// With --seed and --count 1, that very schedule. --faults: how many of the requests fail, instead of 15 to 75 in 100.

import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { NodePhone } from './phone.mjs'
import { storm, summary } from './storm.mjs'
import { binaries, startTown } from './town.mjs'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string' },
    lanes: { type: 'string', default: '8' },
    faults: { type: 'string' },
    bin: { type: 'string' },
  },
})
const first = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed)
const seeds = Array.from({ length: Number(values.count) }, (_, i) => first + i)

const town = await startTown(binaries(values.bin))
// Ended by hand: nothing of the town stays behind.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void town.stop().then(() => process.exit(1)))
let failed = true
try {
  console.log(`seeds ${first} … ${seeds.at(-1)}`)
  const started = performance.now()
  const { problems, done, counts } = await storm({
    town,
    seeds,
    lanes: Number(values.lanes),
    faultRate: values.faults && Number(values.faults),
    makePhone: (base) => (given) => new NodePhone({ base, ...given }),
  })
  for (const problem of problems) console.error(problem)
  console.log(`${summary(done)}, ${((performance.now() - started) / 1000).toFixed(1)} s`)
  const requests = Object.entries(counts).map(([name, n]) => `${name} ${n}`)
  console.log(`requests: ${requests.join(', ')}`)
  failed = problems.length > 0
  console.log(
    failed
      ? `${problems.length} failed; again with --seed N --count 1`
      : 'every record once, every photo once, nothing left on a phone',
  )
} finally {
  await town.stop()
}
// Phones killed in the middle leave timers behind; nobody waits for those.
process.exit(failed ? 1 : 0)
