// 申请: how a proposal reads, in the queue of whoever decides and of whoever asked.

import type { Proposal } from '../../services/api'
import { instant, momentLabel, shortLabel, type Day } from '../../utils/dates'

export interface Line {
  id: string
  duty: string
  batch: string
  title: string
  unit: string
  state: string
  tone: string
  days: string
  reason: string
  asked: string
  answered: string
  mayDecide: boolean
  mayWithdraw: boolean
}

const STATES: Record<string, [words: string, tone: string]> = {
  approved: ['已同意', 'done'],
  refused: ['没有同意', 'back'],
  lapsed: ['决定前已办结', 'off'],
  withdrawn: ['已撤回', 'off'],
}

export function lineOf(one: Proposal, now: number, today: Day): Line {
  const [state, tone] = one.undone_at
    ? ['已撤销,照常办理', 'off']
    : one.decision
      ? (STATES[one.decision] ?? [one.decision, 'off'])
      : ['等决定', 'wait']
  const several = one.batch_id !== undefined && one.duties > 1
  return {
    id: one.batch_id ?? one.duty_id ?? '',
    duty: one.duty_id ?? '',
    batch: one.batch_id ?? '',
    title: `${one.label} · ${one.title}${several ? ` 等 ${one.duties} 项` : ''}`,
    unit: one.units > 1 ? `${one.unit_name} 等 ${one.units} 个组织` : one.unit_name,
    state,
    tone,
    days: [
      one.last ? `最后一天 ${shortLabel(one.last, today)}` : '没有截止日',
      one.new_last ? `延到 ${shortLabel(one.new_last, today)}` : '',
    ]
      .filter((words) => words !== '')
      .join(','),
    reason: one.reason,
    asked: `${one.mine ? '您' : one.proposed_by} ${momentLabel(instant(one.proposed_at), now)}提出`,
    answered:
      one.decided_at && one.decided_by ? `${one.decided_by} ${momentLabel(instant(one.decided_at), now)}决定` : '',
    mayDecide: one.mine_to_decide,
    mayWithdraw: one.mine && one.decision === undefined,
  }
}
