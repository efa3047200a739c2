// Would the schedules notice? The outbox is broken on purpose, one way at a time, in memory; each must be caught.
//   node mutants.mjs [--only NAME] [--seeds 96] [--bin FOLDER]
// The unbroken one comes first and must pass.

import fs from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { compile } from '../../../miniprogram/test/phone/app.mjs'
import { NodePhone } from './phone.mjs'
import { storm } from './storm.mjs'
import { binaries, startTown } from './town.mjs'

const SRC = path.resolve(import.meta.dirname, '../../../miniprogram/src')
const LANES = 8
/** The longest a request of one storm may arrive in the next. */
const GHOSTS = 500

/** What is broken: places of the code, each there exactly once. */
export const MUTANTS = {
  'a photo is let go when it is uploaded': [
    [
      'outbox/send.ts',
      "if (hash !== photo.hash) throw new ApiError('client.not_ours'",
      "await platform().unlink(photo.path)\n    if (hash !== photo.hash) throw new ApiError('client.not_ours'",
    ],
  ],
  'every try has a new version id': [
    [
      'outbox/item.ts',
      'version_id: item.versionId',
      'version_id: item.versionId.slice(0, -4) + String(Date.now()).slice(-4)',
    ],
  ],
  'every try is a new record': [
    [
      'outbox/item.ts',
      '      id: item.id,\n      version',
      '      id: item.id.slice(0, -4) + String(Date.now()).slice(-4),\n      version',
    ],
  ],
  'a suggestion is sent under a new id': [
    [
      'outbox/item.ts',
      '{ ...facts, id: item.id }',
      '{ ...facts, id: item.id.slice(0, -4) + String(Date.now()).slice(-4) }',
    ],
  ],
  'the draft goes before the item is written': [
    [
      'outbox/drafts.ts',
      'const known = store.byVersion(draft.versionId)\n',
      'const known = store.byVersion(draft.versionId)\n  store.removeDraft(draft)\n',
    ],
  ],
  'the hash is of the raw photo': [
    ['outbox/photos.ts', 'const hash = await hashOf(part)', 'const hash = await hashOf(raw)'],
  ],
  'an item is kept in memory only': [['outbox/store.ts', 'platform().write(ITEM + item.versionId, item)', '']],
  'a refusal is swallowed': [
    ['outbox/pump.ts', "{ state: 'refused', error: { code, message, details } }", "{ state: 'received' }"],
  ],
  'no answer is taken for a yes': [
    [
      'outbox/pump.ts',
      'run.later = true\n',
      "if (trouble?.status === 0) store.change(item.versionId, { state: 'received', form: {}, photos: [] })\n    run.later = true\n",
    ],
  ],
  'a hotel’s login page is taken for a refusal': [
    ['services/errors.ts', "'photo.hash_mismatch', 'client.not_ours',", "'photo.hash_mismatch',"],
  ],
  'the camera’s file is not copied': [
    [
      'outbox/photos.ts',
      'await platform().copy(temp, `${path}.part`)\n    await platform().rename(`${path}.part`, path)',
      'later = temp',
    ],
    ['outbox/photos.ts', 'const size = await platform().size(raw)', 'const size = await platform().size(later || raw)'],
    ['outbox/photos.ts', 'await platform().encode(raw, EDGE)', 'await platform().encode(later || raw, EDGE)'],
    ['outbox/photos.ts', 'const EDGE = 1600', "const EDGE = 1600\nlet later = ''"],
  ],
  'the raw photo goes before the draft names the drawn one': [
    [
      'outbox/drafts.ts',
      'await photos.holding(done.path, async () => {',
      'await platform().unlink(photos.rawPath(id))\n    await photos.holding(done.path, async () => {',
    ],
  ],
  'the sweep forgets the drafts': [
    ['outbox/store.ts', 'for (const draft of drafts()) {\n    for', 'for (const draft of [] as Draft[]) {\n    for'],
  ],
  'a later version does not wait for the earlier': [
    ['outbox/send.ts', "if (base?.state === 'waiting' && !base.kept) return undefined", ''],
    ['outbox/pump.ts', 'if (base) place(base)', ''],
    [
      'outbox/store.ts',
      'a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0',
      'a.versionId < b.versionId ? 1 : -1',
    ],
  ],
  'the refused item goes before the corrected one is written': [
    [
      'outbox/drafts.ts',
      'const known = store.byVersion(draft.versionId)\n',
      "const known = store.byVersion(draft.versionId)\n  const old = store.byVersion(draft.replaces ?? '')\n  if (old) store.remove(old), await photos.release(old.photos.map((photo) => photo.path))\n  store.removeDraft(draft)\n",
    ],
  ],
  'whoever is logged in sends everything': [
    [
      'outbox/pump.ts',
      "item.state === 'waiting' && item.personId === me?.personId && item.townId === me.townId",
      "me && item.state === 'waiting'",
    ],
    [
      'services/session.ts',
      'if (owner.personId !== session.personId || owner.townId !== session.townId) {',
      'if (!owner || !session) {',
    ],
  ],
}

/** Replaces the places in memory; fails where the code has moved on. */
function breaking(places) {
  const files = new Map()
  for (const [name, find, replace] of places) {
    const file = path.join(SRC, name)
    const text = files.get(file) ?? fs.readFileSync(file, 'utf8')
    if (text.split(find).length !== 2) throw new Error(`${name} does not have once: ${find}`)
    files.set(
      file,
      text.replace(find, () => replace),
    )
  }
  return {
    name: 'mutant',
    setup: (build) =>
      build.onLoad({ filter: /\.ts$/ }, ({ path: file }) =>
        files.has(file) ? { contents: files.get(file), loader: 'ts' } : undefined,
      ),
  }
}

/** Never the same twice: a seed's photos are in the town after its first time. */
let seed = 1

/** The first problem a storm over the next seeds finds, and how many it took. */
async function caught(town, code, count) {
  for (let tried = 0; tried < count; tried += LANES) {
    const { problems } = await storm({
      town,
      seeds: Array.from({ length: LANES }, () => seed++),
      lanes: LANES,
      patience: 30_000,
      makePhone: (base) => (given) => new NodePhone({ base, code, ...given }),
    })
    await new Promise((resolve) => setTimeout(resolve, GHOSTS))
    if (problems.length > 0) return { problem: problems[0].split('\n')[0], seeds: tried + LANES }
  }
  return null
}

async function main() {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, seeds: { type: 'string', default: '96' }, bin: { type: 'string' } },
  })
  const chosen = Object.entries(MUTANTS).filter(([name]) => !values.only || name.includes(values.only))
  const codes = await Promise.all(chosen.map(async ([name, places]) => [name, await compile([breaking(places)])]))
  const town = await startTown(binaries(values.bin))
  let missed = 0
  try {
    const whole = await caught(town, await compile(), 2 * LANES)
    if (whole) throw new Error(`the unbroken outbox fails: ${whole.problem}`)
    for (const [name, code] of codes) {
      const started = performance.now()
      const found = await caught(town, code, Number(values.seeds))
      const seconds = ((performance.now() - started) / 1000).toFixed(0)
      if (found)
        console.log(`caught within ${found.seeds} seeds, ${seconds} s: ${name}\n    ${found.problem.slice(0, 160)}`)
      else console.error(`NOT CAUGHT in ${values.seeds} seeds, ${seconds} s: ${name}`)
      if (!found) missed += 1
    }
  } finally {
    await town.stop()
  }
  console.log(`${codes.length - missed} of ${codes.length} mutants caught`)
  process.exit(missed > 0 ? 1 : 0)
}

if (process.argv[1] === import.meta.filename) await main()
