// 提醒方式: everything the ladder says, or only the last day and what is late. Quiet hours hold for both.

import { page } from '../../behaviors/page'
import { setReminders } from '../../services/account'
import * as api from '../../services/api'
import { sentence } from '../../services/errors'
import { load, SHELL } from '../../services/load'
import { go, toast } from '../../services/screen'

type Of = NonNullable<api.Reminders['reminded_of']>

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    of: '' as Of | '',
    quiet: '',
    options: [
      { value: 'all', label: '全部', note: '到期前几天、当天、过期后都提醒' },
      { value: 'due', label: '只在到期当天和逾期', note: '到期前几天的不提醒;没有截止日的,四周提醒一次' },
    ],
  },
  methods: {
    onShow() {
      void this.reload()
    },
    async reload() {
      await load(this, 'reminders', api.reminders, (now) => this.show(now))
    },
    show(now: api.Reminders) {
      ;(this as unknown as { now: api.Reminders }).now = now
      const { quiet_from: from, quiet_until: until } = now
      this.setData({ of: now.reminded_of ?? 'all', quiet: from === until ? '没有设' : `${from} 到 ${until}` })
    },
    async pick({ detail }: WechatMiniprogram.CustomEvent<{ value: Of }>) {
      const { now } = this as unknown as { now: api.Reminders }
      const before = this.data.of
      if (detail.value === before) return
      this.setData({ of: detail.value })
      try {
        this.show(await setReminders({ ...now, reminded_of: detail.value }))
        toast('已保存')
      } catch (error) {
        this.setData({ of: before })
        toast(sentence(error))
      }
    },
    openQuiet: () => go('/pages/inbox/index'),
  },
})
