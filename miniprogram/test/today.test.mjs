import assert from 'node:assert/strict'
import test from 'node:test'
import { load } from './phone/load.mjs'

const { groupsOf, waitingFor } = await load('src/utils/today.ts')

const TODAY = '2026-11-25'
const duty = (id, last, status = 'open') => ({ id, last, status, title: id, record_kind: 'statement' })
const shown = (duties, waiting = new Map()) =>
  groupsOf(duties, TODAY, waiting).map(({ key, duties }) => [key, duties.map(({ id }) => id)])

test('今日 begins with what came back, then what is late, due today, due soon, and the rest', () => {
  const duties = [
    duty('没到时候', '2027-01-01', 'upcoming'),
    duty('昨天到期', '2026-11-24'),
    duty('今天到期', TODAY),
    duty('七天后到期', '2026-12-02'),
    duty('八天后到期', '2026-12-03'),
    duty('平时办理', undefined),
    duty('退回的', '2026-12-20', 'returned'),
  ]
  assert.deepEqual(shown(duties), [
    ['returned', ['退回的']],
    ['late', ['昨天到期']],
    ['today', ['今天到期']],
    ['soon', ['七天后到期']],
    ['later', ['八天后到期']],
    ['open', ['平时办理']],
    ['upcoming', ['没到时候']],
  ])
})

test('a group nobody has anything in is not there, and the server’s order within one is kept', () => {
  assert.deepEqual(shown([duty('b', TODAY), duty('a', TODAY)]), [['today', ['b', 'a']]])
  assert.deepEqual(shown([]), [])
})

test('what waits in the phone is said, and its button is gone', () => {
  const [{ duties }] = groupsOf([duty('等着', TODAY), duty('没做', TODAY)], TODAY, new Map([['等着', '已存手机']]))
  assert.deepEqual(
    duties.map(({ id, remark, act }) => [id, remark, act !== '']),
    [
      ['等着', '已存手机', false],
      ['没做', '', true],
    ],
  )
  assert.equal(groupsOf([duty('早', '2027-01-01', 'upcoming')], TODAY, new Map())[0].duties[0].act, '')
})

test('a duty is not asked for again after it was handed in, nor after the town has it', () => {
  const item = (state, dutyIds, more = {}) => ({ state, form: { record: { duty_ids: dutyIds } }, ...more })
  const received = (settledAt) =>
    item('received', [], { settledAt, answer: { verdicts: [{ dutyId: 'd3', verdict: 'on_time', extra: false }] } })
  const words = (items) => [...waitingFor(items, 1000)]
  assert.deepEqual(words([item('waiting', ['d1']), item('refused', ['d2']), received(2000)]), [
    ['d1', '已存手机,等待上传'],
    ['d2', '没有收下,要您处理'],
    ['d3', '镇里已收到'],
  ])
  // The list fetched since then says so itself.
  assert.deepEqual(words([received(900)]), [])
  assert.deepEqual(words([{ state: 'waiting', form: { kind: 'suggestion' } }]), [])
})
