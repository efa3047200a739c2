import assert from 'node:assert/strict'
import test from 'node:test'
import { load } from './phone/load.mjs'

const dates = await load('src/utils/dates.ts')
const forms = await load('src/utils/forms.ts')
const attendance = await load('src/utils/attendance.ts')
const words = await load('src/utils/words.ts')
const { waitingFor } = await load('src/utils/today.ts')
const { delay } = await load('src/outbox/backoff.ts')

test('days are the town’s, wherever the phone is', () => {
  const zone = process.env.TZ
  for (const tz of ['Asia/Shanghai', 'Europe/Rome', 'America/Los_Angeles', 'Pacific/Kiritimati']) {
    process.env.TZ = tz
    assert.equal(dates.dayAt(Date.parse('2021-10-09T16:00:00Z')), '2021-10-10')
    assert.equal(dates.dayAt(Date.parse('2021-10-09T15:59:59Z')), '2021-10-09')
    assert.equal(dates.timeAt(Date.parse('2021-10-10T02:32:00Z')), '10:32')
  }
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

test('dates as people say them', () => {
  assert.equal(dates.dayLabel('2021-10-01'), '2021年10月1日')
  assert.equal(dates.shortLabel('2021-10-01', '2021-12-31'), '10月1日')
  assert.equal(dates.shortLabel('2021-12-31', '2022-01-01'), '2021年12月31日')
  const until = (day) => dates.untilWords(day, '2021-12-30')
  assert.deepEqual(['2021-12-30', '2021-12-31', '2022-01-01', '2022-01-02', '2021-12-29'].map(until), [
    '今天',
    '明天',
    '后天',
    '还有3天',
    '已过1天',
  ])
  assert.equal(dates.addDays('2024-02-28', 2), '2024-03-01')
  assert.equal(dates.daysBetween('2021-01-01', '2022-01-01'), 365)
  assert.equal(dates.weekday('2021-10-10'), '周日')
  const at = Date.parse('2021-10-10T10:32:00+08:00')
  assert.equal(dates.momentLabel(at, at + 3_600_000), '今天 10:32')
  assert.equal(dates.momentLabel(at, at + 86_400_000), '昨天 10:32')
  assert.equal(dates.momentLabel(at, at + 3 * 86_400_000), '10月10日 10:32')
})

test('an instant has an offset, or is none', () => {
  const at = Date.parse('2021-10-10T00:31:00Z')
  assert.equal(dates.instant('2021-10-10T08:31:00+08:00'), at)
  assert.equal(dates.instant('2021-10-10T08:31:00.123456+08:00'), at + 123)
  assert.equal(dates.instant('2021-10-09T19:31:00-05:00'), at)
  assert.equal(dates.instant('2021-10-10T00:31:00Z'), at)
  for (const bad of ['2021-10-10 08:31', '2021-10-10T08:31:00', '2021-10-10', '', 'x'])
    assert.ok(Number.isNaN(dates.instant(bad)), bad)
})

test('the phone’s own time carries its own offset', () => {
  const at = Date.parse('2021-10-10T00:31:00Z')
  assert.equal(dates.localStamp(at, 480), '2021-10-10T08:31:00+08:00')
  assert.equal(dates.localStamp(at, -210), '2021-10-09T21:01:00-03:30')
  assert.equal(dates.instant(dates.localStamp(at)), at)
})

test('attendance adds up by tapping who is absent', () => {
  let list = attendance.everybody(12)
  assert.equal(attendance.problem(list), '')
  list = attendance.toggle(list, '赵六')
  assert.equal(list.present, 11)
  assert.equal(attendance.problem(list), '每位缺席的人都要写明原因(如:外出、请假)。')
  list = attendance.setReason(list, '赵六', '生病')
  assert.equal(attendance.problem(list), '')
  assert.equal(attendance.problem({ ...list, present: 12 }), '应到 12 人,实到 12 人,缺席 1 人,对不上,请核对。')
  list = attendance.setExpected(list, 10)
  assert.equal(list.present, 9)
  assert.deepEqual(attendance.toggle(list, '赵六'), attendance.everybody(10))
})

test('forms say beforehand what the server would refuse', () => {
  const meeting = {
    types: ['general'],
    happenedOn: '2021-10-10',
    place: '村部',
    host: '甲',
    recorder: '乙',
    topic: '学习',
    minutes: '内容',
    ...attendance.everybody(3),
  }
  const fields = (problems) => problems.map((problem) => problem.field)
  assert.deepEqual(forms.meetingProblems(meeting, '2021-10-10'), [])
  assert.deepEqual(forms.meetingProblems({ ...meeting, happenedOn: '2021-10-11' }, '2021-10-10'), [
    { field: 'happenedOn', message: '2021年10月11日还没到,请核对日期后再提交。' },
  ])
  assert.deepEqual(
    fields(forms.meetingProblems({ ...meeting, types: [], minutes: ' ', topic: '题'.repeat(201) }, '2021-10-10')),
    ['types', 'topic', 'minutes'],
  )
  const sign = {
    happenedOn: '2021-10-10',
    text: '工作站',
    finding: 'off_list',
    action: '',
    reason: '',
    before: 1,
    after: 0,
  }
  assert.deepEqual(forms.signProblems(sign, '2021-10-10'), [])
  assert.deepEqual(fields(forms.signProblems({ ...sign, after: 1 }, '2021-10-10')), ['action'])
  assert.deepEqual(fields(forms.signProblems({ ...sign, action: 'removed' }, '2021-10-10')), ['after'])
  assert.deepEqual(fields(forms.signProblems({ ...sign, action: 'kept', reason: ' ' }, '2021-10-10')), ['reason'])
  assert.deepEqual(forms.reportProblems({ place: '杭州', life: '好', study: '好', wishes: '' }), [])
  // As the server counts: a character outside the basic plane is one.
  assert.deepEqual(forms.contactProblems({ said: '𠮷'.repeat(1000) }), [])
  assert.equal(forms.bindCodeProblem(' abcde-23456 '), '')
  assert.match(forms.bindCodeProblem('abc'), /现在是 3 个/)
})

test('a duty says until when, in words', () => {
  const due = (duty) => words.dueWords({ first: '2021-10-01', status: 'open', ...duty }, '2021-10-10')
  assert.equal(due({ last: '2021-10-13' }), '10月13日前(还有3天)')
  assert.equal(due({}), '尽快办理,没有期限')
  assert.equal(due({ last: '2021-10-01', status: 'overdue' }), '10月1日到期,已过 9 天,可以补录')
  assert.equal(due({ status: 'returned', return_due: '2021-10-11' }), '请在10月11日前补正(明天)')
  assert.equal(words.dutyWords('something_new'), 'something_new')
})

test('an old list does not ask again for what has arrived since', () => {
  const answer = { verdicts: [{ dutyId: 'd', verdict: 'on_time', extra: false }] }
  const arrived = { state: 'received', form: {}, answer, settledAt: 2_000 }
  assert.equal(waitingFor([arrived], 1_000).get('d'), '镇里已收到')
  assert.equal(waitingFor([arrived], 3_000).get('d'), undefined, 'the list knows better: it may have been returned')
  const waiting = { state: 'waiting', form: { record: { duty_ids: ['d'] } } }
  assert.equal(waitingFor([arrived, waiting], 3_000).get('d'), '已存手机,等待上传')
})

test('the wait grows, is jittered and bounded, and heeds the town', () => {
  assert.equal(delay(1, null, 0), 1000)
  assert.equal(delay(1, null, 1), 2000)
  assert.equal(delay(5, null, 1), 32_000)
  assert.equal(delay(50, null, 1), 300_000)
  assert.equal(delay(1, 600, 0), 600_000)
  assert.ok(delay(1, 1e9, 1) <= 3600 * 1200)
})
