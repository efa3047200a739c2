// 今日: what is due, soonest first; what waits in the phone; one tap to the right form.

import { page } from '../../behaviors/page'
import { drafts, find, list, onChange } from '../../outbox/index'
import { isAway, may, mayReview, me as fetchMe, type Me } from '../../services/account'
import * as api from '../../services/api'
import type { DutyLine } from '../../services/api'
import { fetchAhead } from '../../services/ahead'
import { read, write } from '../../services/cache'
import { now } from '../../services/clock'
import { load, SHELL } from '../../services/load'
import * as network from '../../services/network'
import { go, stopRefresh } from '../../services/screen'
import { current } from '../../services/session'
import { dayAt, dayLabel, weekday } from '../../utils/dates'
import { groupsOf, waitingFor, type Group } from '../../utils/today'
import { formPage, kindWords, recordKind } from '../../utils/words'

interface Loaded {
  stop?: (() => void)[]
  duties?: DutyLine[]
}

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    dayWords: '',
    who: '',
    groups: [] as Group[],
    empty: false,
    upcomingShown: false,
    drafts: [] as { name: string; title: string; note: string; path: string }[],
    /** null: this person does not review. */
    reviewing: null as null | { count: string; note: string },
    /** null: this person does not decide what is asked about duties. */
    deciding: null as null | { count: string; note: string },
    away: false,
    mayMonth: false,
    mayMeeting: false,
    maySign: false,
  },
  lifetimes: {
    attached() {
      ;(this as Loaded).stop = [
        onChange(() => this.draw()),
        network.onChange(() => {
          // Whoever looks at it need not ask for what is new; who is elsewhere gets it on coming back.
          const stack = getCurrentPages()
          const inFront = stack[stack.length - 1]?.route === 'pages/today/index'
          if (inFront && network.reach() === 'online') void this.reload()
        }),
      ]
    },
    detached() {
      for (const stop of (this as Loaded).stop ?? []) stop()
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
      this.drawDay()
      this.setData({ who: current()?.personName ?? '' })
      this.drawDrafts()
      await load(this, 'today', api.dutiesToday, (duties) => {
        ;(this as Loaded).duties = duties
        this.drawDay()
        this.draw()
      })
      this.drawDrafts()
      await this.reloadMe()
    },
    drawDay() {
      const today = dayAt(now())
      this.setData({ dayWords: `${dayLabel(today)} ${weekday(today)}` })
    },
    /** What one may do changes rarely; the last answer will do. */
    async reloadMe() {
      const owner = current()
      if (!owner) return
      const known = read<Me>(owner, 'me')?.value
      if (known) this.showMe(known)
      const fresh = await fetchMe().catch(() => null)
      if (fresh) this.showMe(write(owner, 'me', fresh).value)
      if (fresh && mayReview(fresh)) await this.countReviews()
      if (fresh && may(fresh, 'decide_excuse')) await this.countProposals()
      const meets = (this as Loaded).duties
        ?.filter((duty) => duty.record_kind === 'meeting')
        .map((duty) => duty.unit_id)
      if (fresh) await fetchAhead({ signs: this.data.maySign, meets: [...new Set(meets ?? [])] })
    },
    showMe(me: Me) {
      this.setData({
        who: me.name,
        away: isAway(me),
        mayMeeting: may(me, 'write_meeting'),
        maySign: may(me, 'write_sign'),
        mayMonth: may(me, 'read_duties'),
        deciding: may(me, 'decide_excuse') ? (this.data.deciding ?? { count: '', note: '免办、延期、不适用' }) : null,
        reviewing: mayReview(me) ? (this.data.reviewing ?? { count: '', note: '看提交上来的记录' }) : null,
      })
    },
    async countReviews() {
      const page = await api.records({ state: 'submitted' }).catch(() => null)
      if (!page) return
      const count = page.records.length
      this.setData({
        reviewing: {
          count: `${count}${page.next ? '+' : ''} 项`,
          note: count > 0 ? '有记录等您审核' : '现在没有要审的',
        },
      })
    },
    async countProposals() {
      const page = await api.excuses().catch(() => null)
      if (!page) return
      const count = page.proposals.filter((one) => one.mine_to_decide).length
      const note = count > 0 ? '有人等您决定免办、延期、不适用' : '现在没有要决定的'
      this.setData({ deciding: { count: `${count}${page.next ? '+' : ''} 份`, note } })
    },
    draw() {
      const { duties } = this as Loaded
      const me = current()
      if (!duties || !me) return
      const seenAt = read(me, 'today')?.at ?? 0
      const groups = groupsOf(duties, dayAt(now()), waitingFor(list(), seenAt))
      this.setData({ groups, empty: groups.every((group) => group.duties.length === 0) })
    },
    drawDrafts() {
      const owner = current()
      if (!owner) return
      const shown = drafts
        .list(owner)
        .filter((draft) => !find(draft.versionId) && draft.kind !== 'feedback')
        .flatMap((draft) => {
          const kind = recordKind(draft.kind)
          const path = formPage(kind)
          const note = `手机里的草稿,${draft.photos.length > 0 ? `照片 ${draft.photos.length} 张,` : ''}还没交`
          return path ? [{ name: draft.name, title: `接着填:${kindWords(kind)}`, note, path }] : []
        })
      this.setData({ drafts: shown })
    },
    dutyOf(event: WechatMiniprogram.CustomEvent): DutyLine | undefined {
      const { id } = event.detail as { id: string }
      return (this as Loaded).duties?.find((duty) => duty.id === id)
    },
    openDuty(event: WechatMiniprogram.CustomEvent) {
      const duty = this.dutyOf(event)
      if (duty) go('/pages/duty/index', { id: duty.id })
    },
    actOn(event: WechatMiniprogram.CustomEvent) {
      const duty = this.dutyOf(event)
      if (!duty) return
      const path = formPage(duty.record_kind)
      if (duty.status === 'returned' && duty.record_id) go('/pages/record/index', { id: duty.record_id })
      else if (path) go(path, { duty: duty.id, person: duty.person_id })
      else go('/pages/duty/index', { id: duty.id })
    },
    openDraft(event: WechatMiniprogram.TouchEvent) {
      const { name, path } = event.currentTarget.dataset as { name: string; path: string }
      go(path, { draft: name })
    },
    toggleUpcoming() {
      this.setData({ upcomingShown: !this.data.upcomingShown })
    },
    openOutbox: () => go('/pages/outbox/index'),
    openReviews: () => go('/pages/review/index'),
    openProposals: () => go('/more/excuses/index'),
    openMonth: () => go('/more/month/index'),
    openFeedback: () => go('/more/feedback/index'),
    newMeeting: () => go('/pages/meeting/index'),
    newSign: () => go('/pages/sign/index'),
  },
})
