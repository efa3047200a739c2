// Schedules side by side against one town, and what the town says of them in the end.

import { startProxy } from './proxy.mjs'
import { Schedule } from './schedule.mjs'
import { peopleOf } from './people.mjs'
import { standing, verify } from './verify.mjs'

/**
 * `makePhone(town's address behind the bad line)` gives the maker of phones; the rest is for the schedules. Answers
 * { problems, done, counts }; a problem begins with the seed it belongs to.
 */
export async function storm({ town, seeds, lanes, makePhone, ...rest }) {
  const people = await peopleOf(town)
  const before = await standing(town)
  const byAddress = new Map()
  const proxy = await startProxy(town.base, (owner, request) => byAddress.get(owner)?.decide(request) ?? null)
  const makeOne = await makePhone(proxy.base)
  const problems = []
  const done = []
  const queue = [...seeds]
  const lane = async () => {
    for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
      const schedule = new Schedule(seed, { town, people, makePhone: makeOne, ...rest })
      byAddress.set(schedule.address, schedule)
      try {
        await schedule.run()
        done.push(schedule)
      } catch (error) {
        problems.push(`seed ${seed}: ${error.stack ?? error}`)
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  await proxy.close()
  // Of a schedule that failed nobody knows what it should have handed in.
  if (problems.length === 0) problems.push(...(await verify(town, done, before)))
  return { problems, done, counts: proxy.counts }
}

/** In one line: how much there was. */
export function summary(done) {
  const sum = (of) => done.reduce((total, schedule) => total + of(schedule), 0)
  const photos = sum(({ intents }) => intents.reduce((n, { shots }) => n + shots.length, 0))
  return [
    `${done.length} schedules`,
    `${sum(({ intents }) => intents.length)} submissions`,
    `${photos} photos`,
    `${sum(({ kills }) => kills)} kills`,
    `${sum(({ handovers }) => handovers)} handovers`,
  ].join(', ')
}
