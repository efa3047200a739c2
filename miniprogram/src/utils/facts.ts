// What a record says, line by line, in the order of its form. A field this version does not know is left out; nothing of
// it is lost.

import { FINDINGS, MEETING_TYPES, PLACES, SIGN_ACTIONS } from './words'

export interface Fact {
  label: string
  value: string
}

interface Absence {
  name: string
  reason: string
}

const WAYS: Record<string, string> = { app: '小程序', phone: '电话', message: '信息', visit: '上门' }

export function factsOf(kind: string, facts: unknown): Fact[] {
  const given = (facts ?? {}) as Record<string, unknown>
  const text = (field: string): string => (typeof given[field] === 'string' ? given[field] : '')
  const word = (words: Record<string, string>, field: string): string => words[text(field)] ?? text(field)
  switch (kind) {
    case 'meeting':
      return filled([
        ['会议类型', listOf(given['types'], (type) => MEETING_TYPES[type] ?? type)],
        ['议题', text('topic')],
        ['地点', text('place')],
        ['主持', text('host')],
        ['记录', text('recorder')],
        ['到会', attendance(given)],
        ['缺席', absences(given['absent'])],
        ['内容', text('minutes')],
      ])
    case 'sign':
      return filled([
        ['位置', word(PLACES, 'place')],
        ['牌子上的字', text('text')],
        ['问题', word(FINDINGS, 'finding')],
        ['怎么处理', word(SIGN_ACTIONS, 'action') || '还没有处理'],
        ['原因', text('reason')],
      ])
    case 'sign_survey':
      return filled([
        ['位置', word(PLACES, 'place')],
        ['说明', text('note')],
      ])
    case 'report':
      return filled([
        ['现在所在地', text('place')],
        ['工作和生活', text('life')],
        ['学习和活动', text('study')],
        ['困难和建议', text('wishes')],
      ])
    case 'contact':
      return filled([
        ['方式', word(WAYS, 'way')],
        ['说了什么', text('said')],
      ])
    case 'statement':
      return filled([['内容', text('text')]])
    default:
      return []
  }
}

export const wayWords = (way: string): string => WAYS[way] ?? way

function attendance(given: Record<string, unknown>): string {
  const { expected, present } = given
  return typeof expected === 'number' && typeof present === 'number' ? `应到 ${expected} 人,实到 ${present} 人` : ''
}

function absences(given: unknown): string {
  if (!Array.isArray(given) || given.length === 0) return ''
  return (given as Absence[]).map(({ name, reason }) => `${name}(${reason})`).join('、')
}

function listOf(given: unknown, words: (one: string) => string): string {
  return Array.isArray(given) ? given.map((one) => words(String(one))).join('、') : ''
}

function filled(lines: [label: string, value: string][]): Fact[] {
  return lines.filter(([, value]) => value !== '').map(([label, value]) => ({ label, value }))
}
