// The questions of 记会议 in their order, one screen each in 大字; and a form nobody has touched.

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
