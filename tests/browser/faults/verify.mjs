// What the town holds in the end, asked of its database: each record once, each of its photos once and arrived, no
// version in conflict, and nothing that nobody handed in.

/** What the town holds before anybody hands anything in: the demo's own past. */
export async function standing(town) {
  const [records, photos] = await Promise.all([
    town.ask('select id from record'),
    town.ask("select encode(hash, 'hex') from photo"),
  ])
  return new Set([...records, ...photos].map(([key]) => key))
}

export async function verify(town, schedules, before) {
  const problems = []
  const wanted = new Map()
  for (const { seed, intents } of schedules) {
    for (const intent of intents) {
      const known = wanted.get(intent.recordId)
      const versions = (known?.versions ?? 0) + 1
      // The last intent of a record holds its photos: those of the earlier versions and its own.
      wanted.set(intent.recordId, { seed, photos: intent.photos, versions })
    }
  }
  const records = await town.ask(
    `select r.id, r.state, count(*) over (partition by r.id),
            (select count(*) from record_version v where v.town_id = r.town_id and v.record_id = r.id),
            (select count(*) from record_version v where v.town_id = r.town_id and v.record_id = r.id and v.conflict),
            coalesce((select string_agg(p.slot || ' ' || encode(p.hash, 'hex'), ',') from record_photo p
                       where p.town_id = r.town_id and p.record_id = r.id and p.current and p.arrived), '')
       from record r`,
  )
  const held = new Map(await town.ask("select encode(hash, 'hex'), count(*) from photo group by 1"))
  for (const [id, state, times, versions, conflicts, photos] of records) {
    if (before.has(id)) continue
    const want = wanted.get(id)
    const say = (what) => problems.push(`seed ${want?.seed ?? '?'}: record ${id} (${state}) ${what}`)
    wanted.delete(id)
    if (!want) {
      say('was handed in by nobody')
      continue
    }
    if (times !== '1') say(`is there ${times} times`)
    if (state !== 'submitted' && state !== 'draft') say('is not complete')
    if (conflicts !== '0') say('has a version in conflict')
    if (Number(versions) < 1 || Number(versions) > want.versions) say(`has ${versions} versions of ${want.versions}`)
    // Each photo once, where it belongs. Their order is the one they were taken in: a photo that a kill has spoilt is
    // taken again after the next one.
    const [there, named] = [photos.split(',').sort().join(), want.photos.toSorted().join()]
    if (there !== named) say(`has photos ${there}, not ${named}`)
    for (const photo of want.photos) {
      const times = held.get(photo.split(' ')[1]) ?? '0'
      if (times !== '1') say(`photo ${photo} is held ${times} times`)
    }
  }
  for (const [id, { seed }] of wanted) problems.push(`seed ${seed}: record ${id} never reached the town`)
  const expected = new Set(
    schedules.flatMap(({ intents }) => intents.flatMap(({ shots }) => shots.map(({ hash }) => hash))),
  )
  for (const hash of held.keys())
    if (!expected.has(hash) && !before.has(hash)) problems.push(`photo ${hash} was taken by nobody`)
  return problems
}
