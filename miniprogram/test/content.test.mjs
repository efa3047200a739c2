// What the pages make of a form: for the server, and back from what the server has.

import assert from 'node:assert/strict'
import test from 'node:test'
import { load } from './phone/load.mjs'

const meeting = await load('src/pages/meeting/content.ts')
const sign = await load('src/pages/sign/content.ts')

const TODAY = '2026-11-25'
const STUDY = { id: 'study', title: '学习日', last: '2026-11-20', meeting_types: ['study_day'] }
const LESSON = { id: 'lesson', title: '党课', last: '2026-12-20', meeting_types: ['party_lesson', 'general'] }

test('a meeting begins with what is clear from the duty: its kind, its topic, a day it counts for', () => {
  const content = meeting.blank('b1', STUDY, TODAY, '王秀英')
  assert.deepEqual(content.dutyIds, ['study'])
  assert.deepEqual(content.types, ['study_day'])
  assert.equal(content.topic, '学习日')
  assert.equal(content.happenedOn, '2026-11-20')
  assert.equal(content.recorder, '王秀英')
  assert.equal(meeting.blank('b1', LESSON, TODAY, '王秀英').happenedOn, TODAY)
  assert.equal(meeting.blank('b1', undefined, TODAY, '王秀英').topic, '')
})

test('a second duty of the same meeting adds its kind; taken away again, nothing of it stays', () => {
  const first = meeting.blank('b1', STUDY, TODAY, '王秀英')
  const both = meeting.withDuty(first, LESSON, true)
  assert.deepEqual(both.dutyIds, ['study', 'lesson'])
  assert.deepEqual(both.types, ['study_day', 'party_lesson'])
  assert.deepEqual(meeting.withDuty(both, LESSON, true).types, both.types)
  assert.deepEqual(meeting.withDuty(both, LESSON, false, [STUDY, LESSON]), first)
})

test('what the town knows fills what is empty, and nothing somebody has written', () => {
  const prefill = {
    last: { types: [], place: '村部', host: '李卫国', recorder: '李小禾' },
    expected: 12,
    members: [
      { id: 'm1', name: '孙远', absent: '外出务工' },
      { id: 'm2', name: '赵六' },
    ],
  }
  const filled = meeting.prefilled(meeting.blank('b1', undefined, TODAY, '王秀英'), prefill)
  assert.deepEqual([filled.place, filled.host, filled.recorder], ['村部', '李卫国', '王秀英'])
  assert.deepEqual([filled.expected, filled.present], [12, 11])
  assert.deepEqual(filled.absent, [{ name: '孙远', reason: '外出务工' }])
  const own = meeting.prefilled({ ...filled, place: '文化广场', expected: 9, present: 9, absent: [] }, prefill)
  assert.deepEqual([own.place, own.expected, own.present, own.absent], ['文化广场', 9, 9, []])
})

test('a meeting goes to the server and comes back the same', () => {
  const content = { ...meeting.blank('b1', STUDY, TODAY, '王秀英'), absent: [{ name: '赵六', reason: ' 有病 ' }] }
  const form = meeting.formOf(content)
  assert.deepEqual(form.record, {
    unit_id: 'b1',
    happened_on: '2026-11-20',
    duty_ids: ['study'],
    entry_channel: 'phone',
  })
  assert.deepEqual(form.absent, [{ name: '赵六', reason: '有病' }])
  assert.ok(!('unitId' in form) && !('dutyIds' in form) && !('happenedOn' in form))
  assert.deepEqual(meeting.contentOf(form), { ...content, absent: form.absent })
})

const SIGN = { ...sign.NOTHING, unitId: 'v1', happenedOn: TODAY, text: '某某工作站', finding: 'off_list' }

test('a sign is sent without what was not asked: no action while it hangs, a reason only where one is due', () => {
  const hanging = sign.formOf({ ...SIGN, reason: '写了又不要' })
  assert.ok(!('action' in hanging) && !('reason' in hanging))
  assert.ok(!('reason' in sign.formOf({ ...SIGN, action: 'removed', reason: '写了又不要' })))
  assert.equal(sign.formOf({ ...SIGN, action: 'cannot', reason: ' 太高 ' }).reason, '太高')
  assert.deepEqual(sign.contentOf(sign.formOf({ ...SIGN, action: 'removed' })), { ...SIGN, action: 'removed' })
})

test('a case as it stands at the town is edited with its own duties', () => {
  const view = {
    unit_id: 'v1',
    happened_on: '2026-11-01',
    facts: { place: 'outside', text: '某某工作站', finding: 'off_list', action: null, reason: null },
    duties: [{ duty_id: 'd1' }],
  }
  const form = sign.recordForm(view)
  assert.deepEqual(form.record.duty_ids, ['d1'])
  assert.ok(!('action' in form) && !('reason' in form))
  assert.equal(sign.contentOf(form).happenedOn, '2026-11-01')
})

test('the texts of boards are to be tapped: the town’s, else what this phone has seen, the most frequent first', () => {
  const line = (text) => ({ text, finding: 'off_list' })
  const seen = [line('少见'), line('常见'), line('常见'), line(sign.SEE_PHOTO)]
  const values = (texts) => sign.answersOf(texts, seen).map(({ value }) => value)
  assert.deepEqual(values(null), ['常见', '少见', sign.SEE_PHOTO, sign.OWN])
  assert.deepEqual(values([{ text: '镇里的', finding: 'off_list', times: 3 }]), ['镇里的', sign.SEE_PHOTO, sign.OWN])
})

test('a sign without a village is said so first', () => {
  const [first] = sign.problemsOf({ ...SIGN, unitId: '' }, TODAY, 1, 0)
  assert.equal(first.field, 'unit')
  assert.deepEqual(sign.problemsOf(SIGN, TODAY, 1, 0), [])
  assert.ok(sign.problemsOf(SIGN, TODAY, 0, 0).length > 0)
})
