// 标识牌: what still hangs in my village, what is done, what waits in the phone; and the declaration that the survey is
// complete.

import { caseOf, surveysOf, type Case, type Survey } from './shown'
import { page } from '../../behaviors/page'
import { list, onChange, words } from '../../outbox/index'
import * as account from '../../services/account'
import * as api from '../../services/api'
import type { DutyLine, SignLine } from '../../services/api'
import { read, write } from '../../services/cache'
import { now } from '../../services/clock'
import { load, quietly, SHELL } from '../../services/load'
import { go, stopRefresh } from '../../services/screen'
import { current } from '../../services/session'
import { villages, type Village } from '../../services/villages'
import { dayAt } from '../../utils/dates'

interface Loaded {
  signs?: SignLine[]
  stop?: () => void
}

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    villages: [] as { value: string; label: string }[],
    village: '',
    /** Nothing to do with signs for this person. */
    noVillage: false,
    /** 片长 and the like look on. */
    mayWrite: false,
    waiting: [] as { id: string; title: string; state: string; tone: string; note: string }[],
    open: [] as Case[],
    closed: [] as Case[],
    closedShown: false,
    surveys: [] as Survey[],
  },
  lifetimes: {
    attached() {
      ;(this as Loaded).stop = onChange(() => this.drawWaiting())
    },
    detached() {
      ;(this as Loaded).stop?.()
    },
  },
  methods: {
    onShow() {
      void this.reload()
    },
    onPullDownRefresh() {
      void this.reload().then(stopRefresh)
    },
    async reload() {
      void load(quietly, 'me', account.me, (me) => this.setData({ mayWrite: account.mayWrite(me, 'sign') }))
      await load(this, 'villages', villages, (found) => this.showVillages(found))
      if (this.data.error || this.data.noVillage) return
      await load(
        this,
        'signs',
        () => api.signs(),
        (signs) => {
          ;(this as Loaded).signs = signs
          this.draw()
        },
      )
      this.drawWaiting()
      await this.drawSurveys()
    },
    showVillages(found: Village[]) {
      const { village } = this.data
      this.setData({
        villages: found.map(({ id, name }) => ({ value: id, label: name })),
        noVillage: found.length === 0,
        village: found.some(({ id }) => id === village) ? village : (found[0]?.id ?? ''),
      })
    },
    draw() {
      const { village } = this.data
      const today = dayAt(now())
      const signs = ((this as Loaded).signs ?? []).filter((sign) => sign.village_id === village)
      const shown = signs.map((sign) => caseOf(sign, today))
      this.setData({ open: shown.filter((sign) => sign.open), closed: shown.filter((sign) => !sign.open) })
    },
    drawWaiting() {
      const waiting = list()
        .filter((item) => (item.kind === 'sign' || item.kind === 'survey') && item.state !== 'received')
        .map((item) => ({
          id: item.versionId,
          title: item.title,
          state: words.stateWords(item),
          tone: item.state === 'refused' ? 'back' : 'wait',
          note: words.detailWords(item),
        }))
      this.setData({ waiting })
    },
    /** The survey is a duty; its day comes with today's list, which may be old. */
    async drawSurveys() {
      const me = current()
      if (!me) return
      const known = read<DutyLine[]>(me, 'today')?.value ?? []
      this.showSurveys(known)
      const fresh = await api.dutiesToday().catch(() => null)
      if (fresh) this.showSurveys(write(me, 'today', fresh).value)
    },
    showSurveys(duties: DutyLine[]) {
      const { village, open } = this.data
      this.setData({ surveys: surveysOf(duties, village, open, dayAt(now())) })
    },
    pickVillage(event: WechatMiniprogram.CustomEvent) {
      this.setData({ village: (event.detail as { value: string }).value })
      this.draw()
      void this.drawSurveys()
    },
    openCase(event: WechatMiniprogram.TouchEvent) {
      const { id, open } = event.currentTarget.dataset as { id: string; open: boolean }
      if (open && this.data.mayWrite) go('/pages/sign/index', { record: id })
      else go('/pages/record/index', { id })
    },
    openSurvey(event: WechatMiniprogram.TouchEvent) {
      const { duty, place } = event.currentTarget.dataset as { duty: string; place: string }
      go('/more/survey/index', { duty, place, village: this.data.village })
    },
    toggleClosed() {
      this.setData({ closedShown: !this.data.closedShown })
    },
    openOutbox: () => go('/pages/outbox/index'),
    add() {
      go('/pages/sign/index', { village: this.data.village })
    },
  },
})
