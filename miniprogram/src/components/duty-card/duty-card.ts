// A duty on a list: what, whose, by when, how it stands.

import type { DutyLine } from '../../services/api'
import { now } from '../../services/clock'
import { dayAt } from '../../utils/dates'
import { dueWords, dutyTone, dutyWords } from '../../utils/words'

Component({
  properties: {
    duty: { type: Object, value: {} },
    /** Whose it is, where that is not clear from the page. */
    showUnit: { type: Boolean, value: true },
    /** A remark of the page: 草稿在手机里, 已存手机待上传. */
    remark: { type: String, value: '' },
    /** The way straight to the form: 去记录. Empty: none. */
    action: { type: String, value: '' },
  },
  data: { due: '', state: '', tone: 'due', urgent: false, label: '' },
  observers: {
    duty(value: object) {
      const duty = value as DutyLine
      if (!duty.id) return
      const due = dueWords(duty, dayAt(now()))
      const state = dutyWords(duty.status)
      const tone = dutyTone(duty.status)
      const label = `${duty.title},${duty.unit_name},${state},${due}`
      this.setData({ due, state, tone, label, urgent: tone === 'late' || tone === 'back' })
    },
  },
  methods: {
    press() {
      this.triggerEvent('press', { id: (this.data.duty as DutyLine).id })
    },
    act() {
      this.triggerEvent('act', { id: (this.data.duty as DutyLine).id })
    },
  },
})
