// The questions of 记会议 in their order, one screen each in 大字, fewer where most is known; and a form nobody has touched.

import type { Content } from './content'

export const FIELDS = [
  ['unit', 'types'],
  ['happenedOn'],
  ['place'],
  ['host'],
  ['recorder'],
  ['topic'],
  ['attendance'],
  ['minutes'],
  ['photo'],
]

/** Where the town knows place, people and topic already, they are confirmed on one screen. */
export const KNOWN = ['place', 'host', 'recorder', 'topic'] as const
export const FEWER = [['unit', 'types'], ['happenedOn', ...KNOWN], ['attendance'], ['minutes'], ['photo']]

export const isKnown = (form: Content): boolean => KNOWN.every((field) => form[field].trim() !== '')

export const content: Content = {
  unitId: '',
  dutyIds: [],
  types: [],
  happenedOn: '',
  place: '',
  host: '',
  recorder: '',
  topic: '',
  minutes: '',
  expected: 0,
  present: 0,
  absent: [],
}
