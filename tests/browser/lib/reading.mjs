// Tests of visits: the page opens without a mistake, says what it must, and can be read and touched by older eyes and
// hands, whatever the letters are set to.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EXTREMES, LOOKS, findings, wear } from './looks.mjs'
import { startRound } from './round.mjs'
import { visitWords } from './visits.mjs'
import { startWorld } from './world.mjs'

/** One test for each visit, in a world of their own, which is given for more tests as `here.world`. */
export function read(visits) {
  const here = {}
  before(async () => {
    here.world = await startWorld()
    here.round = await startRound(here.world)
  })
  after(() => here.world?.close())

  for (const visit of visits) {
    test(visitWords(visit), () =>
      here.round.visit(visit, async (phone) => {
        const found = []
        // What has no picture of its own differs little from what has one.
        for (const look of visit.name ? LOOKS : EXTREMES) {
          await wear(phone, look)
          const judge = async () => found.push(...(await findings(phone, look)))
          if (look.large) await here.round.everyQuestion(phone, judge)
          else await judge()
        }
        assert.deepEqual(found, [])
      }),
    )
  }
  return here
}
