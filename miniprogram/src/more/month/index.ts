// 月历: the month day by day, what is there and what is only planned; a tap opens the duty.

import { page } from '../../behaviors/page'
import * as api from '../../services/api'
import { now } from '../../services/clock'
import { load, SHELL } from '../../services/load'
import { go, scrollToTop } from '../../services/screen'
import { dayAt } from '../../utils/dates'
import { daysOf, monthFrom, monthLabel, type DayShown } from './shown'

Component({
  behaviors: [page],
  data: { ...SHELL, month: '', monthWords: '', days: [] as DayShown[], counted: false, planned: false },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      const asked = decodeURIComponent(query['month'] ?? '')
      this.turnTo(/^\d{4}-\d\d$/.test(asked) ? asked : dayAt(now()).slice(0, 7))
    },
    onShow() {
      void this.reload()
    },
    turnTo(month: string) {
      this.setData({ month, monthWords: monthLabel(month) })
    },
    async reload() {
      const { month } = this.data
      await load(
        this,
        `month:${month}`,
        () => api.calendarMonth(month),
        (view) => {
          // Somebody may have turned on meanwhile.
          if (month !== this.data.month) return
          const things = view.days.flatMap((day) => day.entries)
          this.setData({
            days: daysOf(view, dayAt(now())),
            counted: things.some((entry) => entry.items.length === 0),
            planned: things.some((entry) => entry.items.some((item) => item.duty_id === undefined)),
          })
        },
      )
    },
    turn(by: number) {
      this.turnTo(monthFrom(this.data.month, by))
      this.setData({ loading: true, days: [] })
      scrollToTop()
      void this.reload()
    },
    previous() {
      this.turn(-1)
    },
    next() {
      this.turn(1)
    },
    open(event: WechatMiniprogram.TouchEvent) {
      go('/pages/duty/index', { id: String(event.currentTarget.dataset['duty']) })
    },
    openNotOwed: () => go('/more/not-owed/index'),
    openFeed: () => go('/more/feed/index'),
  },
})
