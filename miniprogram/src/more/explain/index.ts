// 为什么有这一项: one duty told whole: why this branch owes it, until when, what counts, who was told and with what result.

import { page } from '../../behaviors/page'
import { may, me as fetchMe } from '../../services/account'
import * as api from '../../services/api'
import { now } from '../../services/clock'
import { load, quietly, SHELL } from '../../services/load'
import { go } from '../../services/screen'
import { shownOf, type Shown } from './shown'

Component({
  behaviors: [page],
  data: { ...SHELL, one: null as Shown | null, mayNotOwed: false },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      ;(this as unknown as { id: string }).id = decodeURIComponent(query['duty'] ?? '')
    },
    onShow() {
      void this.reload()
    },
    async reload() {
      const { id } = this as unknown as { id: string }
      void load(quietly, 'me', fetchMe, (me) => this.setData({ mayNotOwed: may(me, 'read_duties') }))
      await load(
        this,
        `explain:${id}`,
        () => api.explainDuty(id),
        (one) => this.setData({ one: shownOf(one, now()) }),
      )
    },
    openNotOwed() {
      go('/more/not-owed/index', { unit: this.data.one?.unitId })
    },
  },
})
