// Who was there: everybody, until those absent are tapped; each with a reason, one tap where it is a usual one.

import { REASONS, setExpected, setReason, toggle, type Absence, type Attendance } from '../../utils/attendance'

interface Member {
  name: string
  gone: boolean
}

interface Gone extends Absence {
  /** One of the answers offered. */
  usual: boolean
  reasons: { value: string; label: string }[]
}

const OTHER = '其他'

Component({
  properties: {
    /** An `Attendance`. */
    value: { type: Object, value: {} },
    /** The roster, `absent` being a reason known beforehand; empty: names are written by hand. */
    roster: { type: Array, value: [] as { name: string; absent?: string }[] },
    error: { type: String, value: '' },
  },
  data: {
    members: [] as Member[],
    gone: [] as Gone[],
    sums: '',
    expectedText: '',
    adding: '',
    expectedShown: false,
  },
  observers: {
    'value, roster'() {
      const { expected, present, absent } = this.attendance()
      const { roster } = this.data
      const known = roster.map(({ name }) => name)
      const offered = (name: string): string[] => {
        const reason = roster.find((one) => one.name === name)?.absent
        return reason ? [reason, ...REASONS] : REASONS
      }
      const names = [...known, ...absent.map(({ name }) => name).filter((name) => known.indexOf(name) < 0)]
      this.setData({
        members: names.map((name) => ({ name, gone: absent.some((one) => one.name === name) })),
        gone: absent.map((one) => ({
          ...one,
          usual: offered(one.name).indexOf(one.reason) >= 0,
          reasons: [...offered(one.name), OTHER].map((reason) => ({ value: reason, label: reason })),
        })),
        sums: `应到 ${expected} 人,实到 ${present} 人,缺席 ${absent.length} 人`,
        expectedText: expected > 0 ? String(expected) : '',
      })
    },
  },
  methods: {
    attendance(): Attendance {
      const { expected = 0, present = 0, absent = [] } = this.data.value as Partial<Attendance>
      return { expected, present, absent }
    },
    tell(value: Attendance) {
      this.triggerEvent('change', { value })
    },
    tapMember(event: WechatMiniprogram.TouchEvent) {
      this.tell(toggle(this.attendance(), String(event.currentTarget.dataset['name'])))
    },
    pickReason(event: WechatMiniprogram.CustomEvent) {
      const { value } = event.detail as { value: string }
      const name = String(event.currentTarget.dataset['name'])
      this.tell(setReason(this.attendance(), name, value === OTHER ? ' ' : value))
    },
    writeReason(event: WechatMiniprogram.CustomEvent) {
      const { value } = event.detail as { value: string }
      this.tell(setReason(this.attendance(), String(event.currentTarget.dataset['name']), value || ' '))
    },
    writeExpected(event: WechatMiniprogram.CustomEvent) {
      const number = Number((event.detail as { value: string }).value.replace(/\D/g, '').slice(0, 5))
      this.tell(setExpected(this.attendance(), number))
    },
    showExpected() {
      this.setData({ expectedShown: !this.data.expectedShown })
    },
    writeName(event: WechatMiniprogram.CustomEvent) {
      this.setData({ adding: (event.detail as { value: string }).value })
    },
    addName() {
      const name = this.data.adding.trim()
      const attendance = this.attendance()
      if (name === '' || attendance.absent.some((one) => one.name === name)) return
      this.setData({ adding: '' })
      this.tell(toggle(attendance, name))
    },
  },
})
