// When to try again: soon at first, then ever more rarely, with jitter so that a village coming back into the network
// does not call all at once. Nothing of it is stored: a clock set wrong must not put an upload off for days, and a new
// launch, a new network or the person looking is reason enough to try at once.

const FIRST = 2_000
const LONGEST = 5 * 60_000

/** Milliseconds until the try after `failures` failures in a row. `random` is in [0, 1). */
export function delay(failures: number, retryAfterSeconds: number | null, random: number = Math.random()): number {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(failures - 1, 20))
  const jittered = ceiling / 2 + (ceiling / 2) * random
  const asked = retryAfterSeconds === null ? 0 : Math.min(retryAfterSeconds, 3600) * 1000
  return Math.round(Math.max(jittered, asked * (1 + 0.2 * random)))
}
