// On which day: today is filled in, a tap opens the phone's own calendar.

import { dayLabel, weekday } from '../../utils/dates'

Component({
  properties: {
    label: { type: String, value: '日期' },
    /** 2021-10-10 */
    value: { type: String, value: '' },
    /** The last day that can be chosen. */
    end: { type: String, value: '' },
    error: { type: String, value: '' },
  },
  data: { words: '' },
  observers: {
    value(day: string) {
      this.setData({ words: day ? `${dayLabel(day)} ${weekday(day)}` : '' })
    },
  },
  methods: {
    picked({ detail }: WechatMiniprogram.PickerChange) {
      this.triggerEvent('change', { value: String(detail.value) })
    },
  },
})
