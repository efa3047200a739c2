// 应到、实到、缺席: the person taps who is absent; the sums follow.

export interface Absence {
  name: string
  reason: string
}

export interface Attendance {
  expected: number
  present: number
  absent: Absence[]
}

/** Reasons offered as buttons. */
export const REASONS = ['外出务工', '生病', '请假', '公务']

/** Everybody present. */
export function everybody(expected: number): Attendance {
  return { expected, present: expected, absent: [] }
}

/** Marks one person absent, or present again. */
export function toggle(attendance: Attendance, name: string, reason = ''): Attendance {
  const gone = attendance.absent.some((absence) => absence.name === name)
  const absent = gone
    ? attendance.absent.filter((absence) => absence.name !== name)
    : [...attendance.absent, { name, reason }]
  return { ...attendance, absent, present: Math.max(0, attendance.expected - absent.length) }
}

export function setReason(attendance: Attendance, name: string, reason: string): Attendance {
  const absent = attendance.absent.map((absence) => (absence.name === name ? { name, reason } : absence))
  return { ...attendance, absent }
}

/** The number expected has changed, by hand. */
export function setExpected(attendance: Attendance, expected: number): Attendance {
  return { ...attendance, expected, present: Math.max(0, expected - attendance.absent.length) }
}

/** The server's rule, in the server's words; empty while it adds up. */
export function problem({ expected, present, absent }: Attendance): string {
  if (present + absent.length !== expected) {
    return `应到 ${expected} 人,实到 ${present} 人,缺席 ${absent.length} 人,对不上,请核对。`
  }
  if (absent.some((absence) => absence.reason.trim() === '')) {
    return '每位缺席的人都要写明原因(如:外出、请假)。'
  }
  return ''
}
