// 日历订阅: a secret address for the phone's own calendar or Outlook. It is shown once, where it was made, and is not kept.

import { page } from '../../behaviors/page'
import * as api from '../../services/api'
import { now } from '../../services/clock'
import { sentence } from '../../services/errors'
import { load, SHELL } from '../../services/load'
import { confirm, copy, toast } from '../../services/screen'
import { instant, momentLabel } from '../../utils/dates'

Component({
  behaviors: [page],
  data: { ...SHELL, active: false, since: '', url: '', busy: false, copied: false },
  methods: {
    onShow() {
      void this.reload()
    },
    async reload() {
      await load(this, 'feed', api.calendarFeed, (state) =>
        this.setData({
          active: state.active,
          since: state.since ? momentLabel(instant(state.since), now()) : '',
        }),
      )
    },
    async make() {
      const { active, busy } = this.data
      if (busy) return
      const words = '原来的地址马上作废,用它的日历不再更新,要用新地址再添加一次。'
      if (active && !(await confirm('换一个新地址?', words, '换新的', '不换'))) return
      await this.doing(async () => {
        const { url } = await api.makeCalendarFeed()
        this.setData({ url, copied: false })
      })
    },
    async copy() {
      const copied = await copy(this.data.url)
      if (copied) this.setData({ copied })
      else toast('没有复制成,请长按地址自己复制。')
    },
    async end() {
      if (this.data.busy || !(await confirm('停用这个地址?', '用它的日历马上不再更新。', '停用', '不停用'))) return
      await this.doing(async () => {
        await api.endCalendarFeed()
        this.setData({ url: '' })
        toast('已停用')
      })
    },
    async doing(work: () => Promise<void>) {
      this.setData({ busy: true })
      try {
        await work()
        await this.reload()
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ busy: false })
      }
    },
  },
})
