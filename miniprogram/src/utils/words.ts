// The server's words for people. A value this version does not know is shown as it came, never hidden.

import type { DutyLine } from '../services/api'
import { daysBetween, shortLabel, untilWords, type Day } from './dates'

const DUTY: Record<string, string> = {
  upcoming: '未开始',
  open: '待办',
  grace: '宽限期内',
  overdue: '已过期限,可补录',
  returned: '退回待补正',
  submitted: '已交待审',
  met: '已办结',
  excused: '免办',
  not_applicable: '不适用',
}

/** How a state-chip looks for it; the words say the same. */
const TONE: Record<string, string> = {
  upcoming: 'wait',
  grace: 'late',
  overdue: 'late',
  returned: 'back',
  submitted: 'wait',
  met: 'done',
  excused: 'off',
  not_applicable: 'off',
}

const RECORD: Record<string, string> = {
  awaiting_photos: '照片未到齐',
  draft: '未办完',
  submitted: '待审',
  returned: '已退回',
  accepted: '已通过',
}

const KIND: Record<string, string> = {
  meeting: '会议',
  sign: '标识牌清理',
  sign_survey: '标识牌排查申报',
  report: '流动党员汇报',
  contact: '双向联系',
  statement: '情况说明',
  feedback: '意见建议',
  excuse: '申请',
}

/** What a reviewer should look at. */
const FLAG: Record<string, string> = { corrected: '通过后又改过', mended: '退回后补正', photos: '照片要看一眼' }
const SLOT: Record<string, string> = {
  before: '清理前',
  after: '清理后',
  meeting: '会议现场',
  sheet: '签到表',
  other: '其他',
}

export const FINDINGS: Record<string, string> = {
  off_list: '清单以外',
  advertisement: '商业广告',
  wrong_name: '名称不符',
  wrong_style: '样式不符',
  unsure: '拿不准',
}

export const SIGN_ACTIONS: Record<string, string> = {
  removed: '已拆除',
  replaced: '已更换',
  kept: '保留',
  cannot: '无法清理',
}

export const MEETING_TYPES: Record<string, string> = {
  general: '党员大会',
  committee: '支委会',
  group: '党小组会',
  lecture: '党课',
  study_day: '固定学习日',
  life: '组织生活会',
  appraisal: '民主评议',
}

export const PLACES: Record<string, string> = { outside: '室外(外立面)', inside: '室内' }

export const SIGN_STATES: Record<string, string> = { open: '未办结', done: '已清理', kept: '保留', cannot: '无法清理' }

export const dutyWords = (status: string): string => DUTY[status] ?? status
export const dutyTone = (status: string): string => TONE[status] ?? 'due'
export const recordWords = (state: string): string => RECORD[state] ?? state
/** What the server calls what an item of the outbox becomes. */
export const recordKind = (kind: string): string => (kind === 'survey' ? 'sign_survey' : kind)
export const kindWords = (kind: string): string => KIND[kind] ?? kind
export const flagWords = (flag: string): string => FLAG[flag] ?? flag
export const slotWords = (slot: string): string => SLOT[slot] ?? slot
export const verdictWords = (verdict: string): string =>
  verdict === 'late' ? '补录' : verdict === 'on_time' ? '按时' : verdict

/** Until when, as a person says it: 11月30日前 · 还有3天. Never colour alone: the words carry it. */
export function dueWords(duty: Pick<DutyLine, 'first' | 'last' | 'status' | 'return_due'>, today: Day): string {
  if (duty.status === 'returned' && duty.return_due) {
    return `请在${shortLabel(duty.return_due, today)}前补正(${untilWords(duty.return_due, today)})`
  }
  if (duty.status === 'upcoming') return `${shortLabel(duty.first, today)}开始(${untilWords(duty.first, today)})`
  if (!duty.last) return '尽快办理,没有期限'
  if (duty.status === 'overdue')
    return `${shortLabel(duty.last, today)}到期,已过 ${daysBetween(duty.last, today)} 天,可以补录`
  return `${shortLabel(duty.last, today)}前(${untilWords(duty.last, today)})`
}

/** What the button on a duty says. */
export function actWords(duty: Pick<DutyLine, 'record_kind' | 'status'>): string {
  if (duty.status === 'returned') return '去补正'
  const words: Record<string, string> = {
    meeting: '去记录',
    sign: '去登记',
    sign_survey: '去申报',
    report: '写汇报',
    contact: '去联系',
    statement: '去填写',
  }
  return words[duty.record_kind] ?? '去办理'
}

/** Which page fulfils a duty. */
export function formPage(recordKind: string): string | null {
  const pages: Record<string, string> = {
    meeting: '/pages/meeting/index',
    sign: '/pages/sign/index',
    sign_survey: '/more/survey/index',
    report: '/pages/report/index',
    contact: '/more/linked/index',
    statement: '/more/statement/index',
  }
  return pages[recordKind] ?? null
}
