// What is asked about duties, why they are there, and the month: what the pages make of the server's answers.

import assert from 'node:assert/strict'
import test from 'node:test'
import { load } from './phone/load.mjs'

const excuse = await load('src/more/excuse/content.ts')
const explain = await load('src/more/explain/shown.ts')
const month = await load('src/more/month/shown.ts')
const notOwed = await load('src/more/not-owed/shown.ts')
const excuses = await load('src/more/excuses/shown.ts')

const TODAY = '2026-11-25'
const NOW = Date.parse('2026-11-25T10:00:00+08:00')
const BLANK = {
  kind: 'excused',
  picked: '防汛、抗灾,人都在一线',
  words: '',
  last: '',
  to: '',
  period: false,
  from: TODAY,
  until: '2026-12-25',
  all: false,
}
const problems = (fresh, last = '2026-11-30') =>
  excuse.problemsOf({ ...BLANK, ...fresh }, { last, today: TODAY }).map(({ field }) => field)

test('only what fits the duty and the person is offered', () => {
  const kinds = (given) =>
    excuse.kindsFor({ dated: true, handedIn: false, mayDelegate: true, ...given }).map(({ value }) => value)
  assert.deepEqual(kinds({}), ['excused', 'postponed', 'not_applicable', 'delegated'])
  assert.deepEqual(kinds({ dated: false }), ['excused', 'not_applicable', 'delegated'])
  assert.deepEqual(kinds({ handedIn: true, mayDelegate: false }), ['excused', 'not_applicable'])
})

test('every kind has reasons to tap, and one’s own words always remain', () => {
  for (const kind of ['excused', 'postponed', 'not_applicable', 'delegated']) {
    const values = excuse.reasonsFor(kind).map(({ value }) => value)
    assert.ok(values.length > 2, kind)
    assert.equal(values.at(-1), excuse.OWN)
    // As the server counts.
    for (const value of values.slice(0, -1)) assert.ok([...value].length >= 2 && [...value].length <= 500, value)
  }
  assert.deepEqual(
    excuse.reasonsFor('').map(({ value }) => value),
    [excuse.OWN],
  )
})

test('a duty is put off from its last day, or from today where that is gone', () => {
  const days = (last) => excuse.daysFor(last, TODAY).map(({ value }) => value)
  assert.deepEqual(days('2026-11-30'), ['2026-12-07', '2026-12-14', '2026-12-30', excuse.OWN])
  assert.deepEqual(days('2026-11-01'), ['2026-12-02', '2026-12-09', '2026-12-25', excuse.OWN])
})

test('what is ticked is the day that is sent, whichever way it was chosen', () => {
  const days = excuse.daysFor('2026-11-30', TODAY)
  assert.equal(excuse.dayPickedOf('', days), '')
  assert.equal(excuse.dayPickedOf('2026-12-07', days), '2026-12-07')
  assert.equal(excuse.dayPickedOf('2026-12-08', days), excuse.OWN)
  assert.equal(excuse.dayPickedOf('2027-01-20', []), excuse.OWN)
})

test('every question about what may be wrong is asked, each once, in 大字 as in normal letters', () => {
  const names = (kind) => excuse.questionsOf({ ...BLANK, kind }).map(({ name }) => name)
  assert.deepEqual(names('excused'), ['kind', 'time', 'picked'])
  assert.deepEqual(names('postponed'), ['kind', 'time', 'last', 'picked'])
  assert.deepEqual(names('delegated'), ['kind', 'time', 'to', 'picked'])
  const wrong = { kind: 'postponed', period: true, until: '2026-11-24', last: '', picked: '' }
  const asked = excuse.questionsOf({ ...BLANK, ...wrong }).flatMap(({ fields }) => fields)
  for (const field of problems(wrong)) assert.ok(asked.includes(field), field)
})

test('what the server would refuse is said before it is sent', () => {
  assert.deepEqual(problems({}), [])
  assert.deepEqual(problems({ kind: '' }), ['kind'])
  assert.deepEqual(problems({ picked: '' }), ['picked'])
  assert.deepEqual(problems({ picked: excuse.OWN, words: ' 病 ' }), ['words'])
  assert.deepEqual(problems({ picked: excuse.OWN, words: '病'.repeat(501) }), ['words'])
  assert.deepEqual(problems({ picked: excuse.OWN, words: '病'.repeat(500) }), [])
  assert.deepEqual(problems({ kind: 'postponed' }), ['last'])
  assert.deepEqual(problems({ kind: 'postponed', last: '2026-11-30' }), ['last'])
  assert.deepEqual(problems({ kind: 'postponed', last: '2026-12-01' }), [])
  assert.deepEqual(problems({ kind: 'postponed', last: '2026-11-20' }, '2026-11-10'), ['last'])
  assert.deepEqual(problems({ kind: 'postponed', period: true, last: '2026-12-25' }), ['last'])
  assert.deepEqual(problems({ kind: 'delegated' }), ['to'])
  assert.deepEqual(problems({ period: true, until: '2026-11-24' }), ['until'])
  assert.deepEqual(problems({ period: true, until: '2027-12-31' }), ['until'])
})

test('a stretch of days is asked for as the server wants it, and means the one thing unless all are wanted', () => {
  const choice = { kind: 'excused', from: TODAY, until: '2026-12-25', units: ['u'], rules: [] }
  assert.deepEqual(excuse.choiceOf(BLANK, 'u'), choice)
  assert.deepEqual(excuse.choiceOf({ ...BLANK, kind: 'postponed', last: '2027-01-10' }, 'u'), {
    ...choice,
    kind: 'postponed',
    last: '2027-01-10',
  })
  assert.equal(excuse.choiceOf({ ...BLANK, kind: 'delegated', to: 'p' }, 'u').to, 'p')
  const touched = [{ title: '上党课' }, { title: '学习日' }]
  assert.deepEqual(excuse.meant(touched, BLANK, '学习日'), [{ title: '学习日' }])
  assert.equal(excuse.meant(touched, { ...BLANK, all: true }, '学习日').length, 2)
})

test('an explanation names nobody whose name the reader may not know', () => {
  const told = { what: '截止前1天提醒', at: '2026-11-24T08:00:00+08:00', through: '微信', result: '微信已送达' }
  const one = {
    title: '学习日',
    unit_id: 'u',
    unit_name: '石桥支部',
    why: { sentence: '因为。' },
    when: { sentence: '到月底。' },
    counts: { sentence: '一条会议记录。' },
    stands: { sentence: '待办。' },
    held_by: '由党支部书记办',
    holders: [{ person_id: 'p', myself: false }],
    told: [told, { ...told, who: '李卫国' }],
    decisions: [
      { kind: '免办', sentence: '申请免办:等镇里决定。', reason: '防汛', proposed_at: '2026-11-25T09:00:00+08:00' },
    ],
  }
  const shown = explain.shownOf(one, NOW)
  assert.equal(shown.held, '由党支部书记办。')
  assert.deepEqual(
    shown.told.map(({ who }) => who),
    ['', '李卫国'],
  )
  assert.equal(shown.told[0].how, '昨天 08:00 · 微信:微信已送达')
  assert.equal(shown.decisions[0].note, '原因:防汛\n提出:今天 09:00')
  assert.equal(
    explain.shownOf({ ...one, holders: [{ myself: true, name: '李卫国' }] }, NOW).held,
    '由党支部书记办:您。',
  )
})

test('months are turned over the year’s end, and what is only planned opens nothing', () => {
  assert.equal(month.monthFrom('2026-12', 1), '2027-01')
  assert.equal(month.monthFrom('2027-01', -1), '2026-12')
  assert.equal(month.monthFrom('2026-11', 14), '2028-01')
  assert.equal(month.monthLabel('2026-03'), '2026年3月')
  const item = (given) => ({ unit_name: '石桥支部', label: '计划', mark: '·', ...given })
  const entry = (items, counts = []) => ({ rule_code: '3.1.4', title: '学习日', items, counts })
  const days = month.daysOf(
    {
      days: [
        { date: TODAY, entries: [entry([item({ duty_id: 'd', label: '待办' })])] },
        { date: '2026-11-30', entries: [entry([item({})]), entry([], [{ label: '计划', count: 60, mark: '·' }])] },
      ],
    },
    TODAY,
  )
  assert.deepEqual(
    days.map(({ label }) => label),
    ['11月25日 周三 · 今天', '11月30日 周一'],
  )
  assert.deepEqual(
    days[0].things.map(({ duty, note }) => [duty, note]),
    [['d', '石桥支部 · 待办']],
  )
  assert.deepEqual(
    days[1].things.map(({ duty, note }) => [duty, note]),
    [
      ['', '石桥支部 · 计划'],
      ['', '计划 60'],
    ],
  )
})

test('what need not be done stands under its reason, each reason once', () => {
  const rule = (rule_code, reason) => ({ rule_code, title: rule_code, cadence: '每月1次', reason })
  const groups = notOwed.groupsOf({ rules: [rule('a', '没有党小组'), rule('b', '人少'), rule('c', '没有党小组')] })
  assert.deepEqual(
    groups.map(({ reason, things }) => [reason, things.map(({ code }) => code)]),
    [
      ['没有党小组', ['a', 'c']],
      ['人少', ['b']],
    ],
  )
})

test('a request reads as who asked what, and offers only what one may do to it', () => {
  const one = {
    duty_id: 'd',
    kind: 'postponed',
    label: '延期',
    reason: '防汛',
    title: '上党课',
    unit_name: '石桥支部',
    duties: 1,
    units: 1,
    last: '2026-12-31',
    new_last: '2027-01-10',
    proposed_by: '李卫国',
    proposed_at: '2026-11-25T09:00:00+08:00',
    mine: false,
    mine_to_decide: true,
  }
  const line = (given) => excuses.lineOf({ ...one, ...given }, NOW, TODAY)
  const { title, days, asked, state, mayDecide, mayWithdraw } = line({})
  assert.deepEqual(
    [title, days, asked, state, mayDecide, mayWithdraw],
    ['延期 · 上党课', '最后一天 12月31日,延到 2027年1月10日', '李卫国 今天 09:00提出', '等决定', true, false],
  )
  const own = line({ mine: true, mine_to_decide: false })
  assert.deepEqual([own.asked, own.mayDecide, own.mayWithdraw], ['您 今天 09:00提出', false, true])
  assert.equal(line({ mine: true, decision: 'refused' }).mayWithdraw, false)
  assert.equal(line({ decision: 'withdrawn' }).state, '已撤回')
  assert.equal(line({ decision: 'approved', undone_at: NOW }).state, '已撤销,照常办理')
  const batch = line({ duty_id: undefined, batch_id: 'b', duties: 12, units: 3 })
  assert.deepEqual(
    [batch.title, batch.unit, batch.id, batch.duty],
    ['延期 · 上党课 等 12 项', '石桥支部 等 3 个组织', 'b', ''],
  )
})
