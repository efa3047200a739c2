// What the server would refuse, said before it is sent, in the server's words where it has some. The server judges; this
// only spares people the way there and back.

import type { Attendance } from './attendance'
import { problem as attendanceProblem } from './attendance'
import { dayLabel, type Day } from './dates'

/** One thing to put right: which field, and what to do. */
export interface Problem {
  field: string
  message: string
}

export interface MeetingFields extends Attendance {
  types: string[]
  happenedOn: Day
  place: string
  host: string
  recorder: string
  topic: string
  minutes: string
}

export interface SignFields {
  happenedOn: Day
  text: string
  finding: string
  action: string
  reason: string
  before: number
  after: number
}

export interface ReportFields {
  place: string
  life: string
  study: string
  wishes: string
}

export function meetingProblems(form: MeetingFields, today: Day): Problem[] {
  return found([
    form.types.length === 0 && ['types', '请选择会议类型。'],
    future(form.happenedOn, today),
    text(form.place, 'place', '会议地点', 100),
    text(form.host, 'host', '主持人', 40),
    text(form.recorder, 'recorder', '记录人', 40),
    text(form.topic, 'topic', '议题', 200),
    attendanceProblem(form) !== '' && ['attendance', attendanceProblem(form)],
    form.minutes.trim() === '' && ['minutes', '请写几句会议内容,或改由镇里录入。'],
    tooLong(form.minutes, 'minutes', '会议内容', 20_000),
  ])
}

export function signProblems(form: SignFields, today: Day): Problem[] {
  const needsReason = form.action === 'kept' || form.action === 'cannot'
  const cleared = form.action === 'removed' || form.action === 'replaced'
  return found([
    form.before === 0 && ['before', '请先拍一张清理前的照片。'],
    text(form.text, 'text', '标识牌上的字', 100),
    form.finding === '' && ['finding', '请选择这块牌子是什么问题。'],
    future(form.happenedOn, today),
    form.action === '' && form.after > 0 && ['action', '有清理后的照片,请选择是“已拆除”还是“已更换”。'],
    needsReason && form.reason.trim() === '' && ['reason', '“保留”或“无法清理”请写明原因。'],
    tooLong(form.reason, 'reason', '原因', 300),
    cleared && form.after === 0 && ['after', '请拍一张清理后的照片。'],
  ])
}

export function reportProblems(form: ReportFields): Problem[] {
  return found([
    text(form.place, 'place', '现在所在地', 40),
    text(form.life, 'life', '近期工作和生活情况', 1000),
    text(form.study, 'study', '学习和参加活动情况', 1000),
    tooLong(form.wishes, 'wishes', '困难和建议', 1000),
  ])
}

export function statementProblems(form: { text: string; happenedOn: Day }, today: Day): Problem[] {
  return found([
    form.text.trim() === '' && ['text', '请写几句做了什么、结果怎样。'],
    tooLong(form.text, 'text', '文字记录', 2000),
    future(form.happenedOn, today),
  ])
}

export function contactProblems(form: { said: string }): Problem[] {
  return found([text(form.said, 'said', '回复', 1000)])
}

/** As the office reads it out: small letters, spaces and dashes are forgiven, as by the server. */
export function bindCodeProblem(typed: string): string {
  const code = typed.replace(/[^0-9a-z]/gi, '')
  return code.length === 10 ? '' : `绑定码是 10 个字母或数字,现在是 ${code.length} 个,请再核对。`
}

type Finding = [field: string, message: string] | false

function found(findings: Finding[]): Problem[] {
  return findings.flatMap((finding) => (finding ? [{ field: finding[0], message: finding[1] }] : []))
}

function text(value: string, field: string, label: string, longest: number): Finding {
  return value.trim() === '' ? [field, `请填写${label}。`] : tooLong(value, field, label, longest)
}

function tooLong(value: string, field: string, label: string, longest: number): Finding {
  // As the server counts: characters, not UTF-16 units.
  const length = Array.from(value).length
  return length > longest && [field, `${label}最多 ${longest} 个字,现在有 ${length} 个,请精简。`]
}

function future(day: Day, today: Day): Finding {
  return day > today && ['happenedOn', `${dayLabel(day)}还没到,请核对日期后再提交。`]
}
