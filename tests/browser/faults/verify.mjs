// What the town holds in the end, asked of its database: each record once, by whom it was written, each of its photos
// once, arrived and where it belongs, no version in conflict, each word to or from a mobile member once, suggestions
// numbered without a gap, and nothing that nobody handed in.

/** What the town holds before anybody hands anything in: the demo's own past. */
export async function standing(town) {
  const keys = await town.ask(
    "select id::text from record union all select id::text from feedback union all select encode(hash, 'hex') from photo",
  )
  return new Set(keys.map(([key]) => key))
}

export async function verify(town, schedules, before) {
  const wanted = new Map()
  const intents = schedules.flatMap(({ seed, intents }) => intents.map((intent) => ({ seed, intent })))
  for (const { seed, intent } of intents) {
    const { recordId, kind, person } = intent
    const versions = (wanted.get(recordId)?.versions ?? 0) + 1
    // The last intent of a record holds its photos: those of the earlier versions and its own.
    wanted.set(recordId, { seed, kind, photos: intent.photos, versions, writer: person.id })
  }
  const problems = [...(await records(town, wanted, before)), ...(await feedback(town, wanted, before))]
  for (const [id, { seed, kind }] of wanted) problems.push(`seed ${seed}: ${kind} ${id} never reached the town`)
  const expected = new Set(intents.flatMap(({ intent }) => intent.shots.map(({ hash }) => hash)))
  for (const [hash, times] of await photos(town)) {
    if (before.has(hash)) continue
    if (!expected.delete(hash)) problems.push(`photo ${hash} was taken by nobody`)
    if (times !== '1') problems.push(`photo ${hash} is held ${times} times`)
  }
  for (const hash of expected) problems.push(`photo ${hash} never reached the town`)
  return problems
}

const photos = (town) => town.ask("select encode(hash, 'hex'), count(*) from photo group by 1")

/** Takes what it finds out of `wanted`. */
async function records(town, wanted, before) {
  const rows = await town.ask(
    `select r.id, r.state, r.writer_id,
            (select count(*) from record_version v where v.town_id = r.town_id and v.record_id = r.id),
            (select count(*) from record_version v where v.town_id = r.town_id and v.record_id = r.id and v.conflict),
            (select count(*) from record_version v where v.town_id = r.town_id and v.record_id = r.id
                and v.writer_id <> r.writer_id),
            (select count(*) from contact c where c.town_id = r.town_id and c.record_id = r.id),
            coalesce((select string_agg(p.slot || ' ' || encode(p.hash, 'hex'), ',') from record_photo p
                       where p.town_id = r.town_id and p.record_id = r.id and p.current and p.arrived), '')
       from record r`,
  )
  const problems = []
  for (const [id, state, writer, versions, conflicts, strangers, words, there] of rows) {
    if (before.has(id)) continue
    const want = wanted.get(id)
    const say = (what) => problems.push(`seed ${want?.seed ?? '?'}: ${want?.kind} ${id} (${state}) ${what}`)
    if (!wanted.delete(id)) {
      say('was handed in by nobody')
      continue
    }
    if (state !== 'submitted' && state !== 'draft') say('is not complete')
    if (conflicts !== '0') say('has a version in conflict')
    if (writer !== want.writer || strangers !== '0') say('was sent in another person’s name')
    if (Number(versions) < 1 || Number(versions) > want.versions) say(`has ${versions} versions of ${want.versions}`)
    // A photo that a kill has spoilt is taken again after the next one: their order is the one they were taken in.
    const [held, named] = [there.split(',').sort().join(), want.photos.toSorted().join()]
    if (held !== named) say(`has photos ${held}, not ${named}`)
    const said = ['report', 'contact'].includes(want.kind) ? '1' : '0'
    if (words !== said) say(`is ${words} lines of 双向联系`)
  }
  return problems
}

async function feedback(town, wanted, before) {
  const rows = await town.ask('select id, writer_id, no from feedback order by year, no')
  const problems = []
  for (const [place, [id, writer, no]] of rows.entries()) {
    if (Number(no) !== place + 1) problems.push(`suggestion ${id} is number ${no}, not ${place + 1}`)
    if (before.has(id)) continue
    const want = wanted.get(id)
    if (!wanted.delete(id)) problems.push(`suggestion ${id} was handed in by nobody`)
    else if (writer !== want.writer) problems.push(`seed ${want.seed}: suggestion ${id} has another writer`)
  }
  return problems
}
