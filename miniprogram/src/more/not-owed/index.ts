// 不需要做的: what a unit does not owe, and by which fact. Whoever looks after several chooses one.

import { page } from '../../behaviors/page'
import * as api from '../../services/api'
import { load, quietly, SHELL } from '../../services/load'
import { owingUnits, type Owing } from '../owing'
import { groupsOf, type Group } from './shown'

Component({
  behaviors: [page],
  data: { ...SHELL, unit: '', unitName: '', groups: [] as Group[], units: [] as Owing[] },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      this.setData({ unit: decodeURIComponent(query['unit'] ?? '') })
    },
    onShow() {
      void this.reload()
    },
    async reload() {
      const { unit } = this.data
      if (unit === '') {
        await load(this, 'owing', owingUnits, (units) => this.setData({ units }))
        const [only] = this.data.units
        if (!only || this.data.units.length > 1) return
        this.setData({ unit: only.id, loading: true })
      }
      await this.show()
      if (this.data.units.length === 0) await load(quietly, 'owing', owingUnits, (units) => this.setData({ units }))
    },
    async show() {
      const { unit } = this.data
      await load(
        this,
        `not-owed:${unit}`,
        () => api.notOwed(unit),
        (answer) => this.setData({ unitName: answer.unit_name, groups: groupsOf(answer) }),
      )
    },
    choose(event: WechatMiniprogram.TouchEvent) {
      this.setData({ unit: String(event.currentTarget.dataset['id']), loading: true, groups: [] })
      void this.show()
    },
    another() {
      this.setData({ unit: '', groups: [], unitName: '' })
    },
  },
})
