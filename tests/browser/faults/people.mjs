// Who hands things in, and what each of them writes in a week.

import { Intent } from './intents.mjs'

/** Rare: the town takes thirty suggestions of one person in ten minutes, repeats included. */
const FEEDBACK = 0.03

/** People of the demo, with the ids the town knows them by. */
export async function peopleOf(town) {
  const ids = new Map(await town.ask('select name, id from person'))
  const units = new Map(await town.ask("select kind || ' ' || name, id from unit"))
  const village = units.get('village 石桥村')
  const branch = units.get('branch 石桥村第一党支部')
  const member = ids.get('孙远')
  return [
    { name: '李小禾', openid: 'demo-cadre', village, writes: ['sign', 'statement', 'survey'] },
    { name: '李卫国', openid: 'demo-li', village, branch, member, writes: ['meeting', 'sign', 'statement', 'contact'] },
    { name: '王秀英', openid: 'demo-wang', branch, member, writes: ['meeting', 'meeting', 'contact'] },
    { name: '孙远', openid: 'demo-away', branch, writes: ['report'] },
  ].map((person) => ({ ...person, id: ids.get(person.name) }))
}

/** A few intents of one person. `note` tells them from everybody else's. */
export function intentsOf(person, note, random) {
  const made = []
  const add = (given) => {
    made.push(new Intent({ ...given, name: `${given.kind}:${person.name}:${made.length}`, person }))
    return made.at(-1)
  }
  for (let left = random.between(1, 3); left > 0; left -= 1) {
    const kind = random.chance(FEEDBACK) ? 'feedback' : random.pick(person.writes)
    WRITE[kind]({ add, person, note: `${note} 第${made.length}项`, random })
  }
  return made
}

const record = (unit, more = {}) => ({ unit_id: unit, duty_ids: [], entry_channel: 'phone', ...more })

const WRITE = {
  meeting: ({ add, person, note, random }) =>
    add({
      kind: 'meeting',
      title: '会议',
      slots: ['meeting', 'sheet', 'other'].slice(0, random.below(4)),
      form: {
        record: record(person.branch),
        types: ['general'],
        place: '村部',
        host: '李卫国',
        recorder: '王秀英',
        topic: note,
        expected: 12,
        present: 11,
        absent: [{ name: '赵六', reason: '外出务工' }],
        minutes: note.repeat(random.between(1, 40)),
      },
    }),

  // Photographed, and perhaps cleared later: another version of the same record.
  sign: ({ add, person, note, random }) => {
    const form = { record: record(person.village), place: 'outside', text: note, finding: 'off_list' }
    const begun = add({ kind: 'sign', title: '标识牌', slots: ['before'], form })
    if (!random.chance(0.6)) return
    add({ kind: 'sign', title: '标识牌', slots: ['after'], form: { ...form, action: 'removed' }, after: begun })
  },

  survey: ({ add, person, note }) =>
    add({
      kind: 'survey',
      title: '排查申报',
      slots: [],
      form: { record: record(person.village), place: 'outside', note },
    }),

  statement: ({ add, person, note, random }) =>
    add({
      kind: 'statement',
      title: '文字记录',
      slots: random.chance(0.5) ? ['other'] : [],
      form: { record: record(person.village), text: note },
    }),

  report: ({ add, person, note, random }) =>
    add({
      kind: 'report',
      title: '半年汇报',
      slots: random.chance(0.3) ? ['other'] : [],
      form: { record: record(person.branch), place: '浙江省义乌市', life: note, study: '每周学习一次', wishes: '' },
    }),

  contact: ({ add, person, note, random }) =>
    add({
      kind: 'contact',
      title: '联系',
      slots: [],
      form: {
        record: record(person.branch, { entered_for: person.member }),
        said: note,
        way: random.pick(['app', 'phone', 'visit']),
      },
    }),

  feedback: ({ add, note, random }) =>
    add({
      kind: 'feedback',
      title: '意见建议',
      slots: [],
      form: { kind: random.pick(['suggestion', 'complaint']), text: note },
    }),
}
