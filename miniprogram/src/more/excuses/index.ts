// 申请: what was asked about duties. The office decides here, whoever asked sees how it stands and may take it back.

import { page } from '../../behaviors/page'
import * as api from '../../services/api'
import { now } from '../../services/clock'
import { sentence } from '../../services/errors'
import { load, SHELL } from '../../services/load'
import { confirm, go, toast } from '../../services/screen'
import { dayAt } from '../../utils/dates'
import { lineOf, type Line } from './shown'

const SIDES = [
  { value: 'open', label: '等决定' },
  { value: 'decided', label: '已决定' },
]

Component({
  behaviors: [page],
  data: { ...SHELL, sides: SIDES, side: 'open', lines: [] as Line[], next: '', busy: false, result: '', wrong: '' },
  methods: {
    onShow() {
      void this.reload()
    },
    async reload() {
      const { side } = this.data
      await load(
        this,
        `excuses:${side}`,
        () => api.excuses({ decided: side === 'decided' }),
        ({ proposals, next }) => {
          if (side !== this.data.side) return
          ;(this as unknown as { all: api.Proposal[] }).all = proposals
          this.draw(next)
        },
      )
    },
    draw(next: string | undefined) {
      const { all } = this as unknown as { all: api.Proposal[] }
      const at = now()
      this.setData({ lines: all.map((one) => lineOf(one, at, dayAt(at))), next: next ?? '' })
    },
    async more() {
      if (this.data.busy) return
      const { side, next } = this.data
      this.setData({ busy: true })
      try {
        const page = await api.excuses({ decided: side === 'decided', after: next })
        if (side !== this.data.side || next !== this.data.next) return
        const held = this as unknown as { all: api.Proposal[] }
        held.all = [...held.all, ...page.proposals]
        this.draw(page.next)
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ busy: false })
      }
    },
    pickSide({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      if (detail.value === this.data.side) return
      this.setData({ side: detail.value, lines: [], next: '', loading: true, result: '', wrong: '' })
      void this.reload()
    },
    open(event: WechatMiniprogram.CustomEvent) {
      const line = this.lineAt(event)
      if (line?.duty) go('/pages/duty/index', { id: line.duty })
    },
    lineAt(event: WechatMiniprogram.CustomEvent): Line | undefined {
      return this.data.lines[Number(event.currentTarget.dataset['at'])]
    },
    approve(event: WechatMiniprogram.CustomEvent) {
      void this.decide(this.lineAt(event), true)
    },
    async refuse(event: WechatMiniprogram.CustomEvent) {
      const line = this.lineAt(event)
      if (line && (await confirm('不同意?', '提出的人会收到提醒,事情照常要办。', '不同意', '再想想'))) {
        await this.decide(line, false)
      }
    },
    async decide(line: Line | undefined, approve: boolean) {
      if (!line) return
      await this.doing(approve ? '已同意,有关的人会收到提醒。' : '没有同意,提出的人会收到提醒。', () =>
        line.batch ? api.decideBatch(line.batch, { approve }) : api.decideExcuse(line.duty, { approve }),
      )
    },
    async withdraw(event: WechatMiniprogram.CustomEvent) {
      const line = this.lineAt(event)
      if (!line || !(await confirm('撤回这份申请?', '撤回后照常要办;以后还可以再提。', '撤回', '不撤回'))) return
      await this.doing('已撤回,照常办理。', () =>
        line.batch ? api.withdrawBatch(line.batch) : api.withdrawExcuse(line.duty),
      )
    },
    async doing(said: string, work: () => Promise<unknown>) {
      if (this.data.busy) return
      this.setData({ busy: true, result: '', wrong: '' })
      try {
        await work()
        this.setData({ result: said })
      } catch (error) {
        // Somebody else was faster: the list says how it stands now.
        this.setData({ wrong: sentence(error) })
      } finally {
        this.setData({ busy: false })
      }
      await this.reload()
    },
  },
})
