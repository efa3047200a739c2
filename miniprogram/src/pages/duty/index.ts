// 待办详情: what, by when, why, what counts; one button to the right form. Whoever finds that it does not apply says so.

import { page } from '../../behaviors/page'
import { list, onChange } from '../../outbox/index'
import { may, me as fetchMe, type Me } from '../../services/account'
import * as api from '../../services/api'
import type { DutyLine, DutyView } from '../../services/api'
import { read } from '../../services/cache'
import { now } from '../../services/clock'
import { sentence } from '../../services/errors'
import { load, quietly, SHELL } from '../../services/load'
import { confirm, go, toast } from '../../services/screen'
import { current } from '../../services/session'
import { dayAt, dayLabel, shortLabel } from '../../utils/dates'
import { waitingFor } from '../../utils/today'
import { actWords, dueWords, dutyTone, dutyWords, formPage, verdictWords } from '../../utils/words'

interface Loaded {
  id?: string
  stop?: () => void
}

const DONE = ['met', 'submitted', 'excused', 'not_applicable']

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    duty: null as Partial<DutyView> | null,
    state: '',
    tone: 'due',
    due: '',
    from: '',
    counts: '',
    verdict: '',
    waiting: '',
    act: '',
    mayExcuse: false,
    /** Still owed, with nothing asked for: it may be put off, let off or handed over. */
    open: false,
    asked: '',
    askedTone: 'warn',
    mayWithdraw: false,
    mayDelegate: false,
    wrong: '',
    busy: false,
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
    onLoad(query: Record<string, string | undefined>) {
      ;(this as Loaded).id = decodeURIComponent(query['id'] ?? '')
    },
    onShow() {
      void this.reload()
    },
    async reload() {
      const { id = '' } = this as Loaded
      void load(quietly, 'me', fetchMe, (me) => this.showMe(me))
      await load(
        this,
        `duty:${id}`,
        () => api.duty(id),
        (duty) => this.draw(duty),
      )
      // Never opened before and no network: the list knows the main thing.
      const line = this.data.duty ? undefined : this.lineOf(id)
      if (line) {
        this.draw(line)
        this.setData({ error: '', loading: false })
      }
    },
    lineOf(id: string): DutyLine | undefined {
      const me = current()
      return me ? read<DutyLine[]>(me, 'today')?.value.find((duty) => duty.id === id) : undefined
    },
    draw(duty: DutyLine & Partial<DutyView>) {
      const done = DONE.indexOf(duty.status) >= 0
      this.setData({
        duty,
        state: dutyWords(duty.status),
        tone: dutyTone(duty.status),
        due: dueWords(duty, dayAt(now())),
        from: dayLabel(duty.first),
        verdict: duty.verdict ? verdictWords(duty.verdict) : '',
        counts: countsWords(duty),
        open: !done && !duty.excuse_pending,
        ...askedWords(duty, dayAt(now())),
        act: done || duty.status === 'upcoming' || !formPage(duty.record_kind) ? '' : actWords(duty),
      })
      this.drawWaiting()
    },
    showMe(me: Me) {
      this.setData({ mayExcuse: may(me, 'propose_excuse'), mayDelegate: may(me, 'delegate') })
    },
    drawWaiting() {
      const { id = '' } = this as Loaded
      const me = current()
      const seenAt = me ? (read(me, `duty:${id}`) ?? read(me, 'today'))?.at : 0
      this.setData({ waiting: waitingFor(list(), seenAt ?? 0).get(id) ?? '' })
    },
    start() {
      const { duty } = this.data
      if (!duty?.record_kind) return
      const path = formPage(duty.record_kind)
      if (duty.status === 'returned' && duty.record_id) go('/pages/record/index', { id: duty.record_id })
      else if (path) go(path, { duty: duty.id, person: duty.person_id })
    },
    openRecord() {
      go('/pages/record/index', { id: this.data.duty?.record_id })
    },
    openOutbox: () => go('/pages/outbox/index'),
    openWhy() {
      go('/more/explain/index', { duty: (this as Loaded).id })
    },
    openExcuse() {
      go('/more/excuse/index', { duty: (this as Loaded).id })
    },
    openProposals: () => go('/more/excuses/index'),
    async withdraw() {
      if (!(await confirm('撤回这份申请?', '撤回后照常要办;以后还可以再提。', '撤回', '不撤回'))) return
      await this.doing((id) => api.withdrawExcuse(id), '已撤回,照常办理。')
    },
    async takeBack() {
      if (!(await confirm('收回这件事?', '还是由原来的人办,他会收到提醒。', '收回', '不收回'))) return
      await this.doing((id) => api.delegateDuty(id, {}), '已收回。')
    },
    async doing(work: (id: string) => Promise<unknown>, said: string) {
      const { id = '' } = this as Loaded
      if (this.data.busy) return
      this.setData({ busy: true, wrong: '' })
      try {
        await work(id)
        toast(said)
      } catch (error) {
        // The town was faster: how it stands now comes below.
        this.setData({ wrong: sentence(error) })
      } finally {
        this.setData({ busy: false })
      }
      await this.reload()
    },
  },
})

/** What was asked for about it, and how that stands. */
function askedWords(
  duty: Partial<DutyView>,
  today: string,
): { asked: string; askedTone: string; mayWithdraw: boolean } {
  const { excuse } = duty
  if (!excuse) return { asked: '', askedTone: 'warn', mayWithdraw: false }
  const what = excuse.new_last ? `${excuse.label}到${shortLabel(excuse.new_last, today)}` : excuse.label
  const words: Record<string, string> = {
    approved: excuse.kind === 'postponed' ? `镇里同意${what}。` : '',
    refused: `镇里没有同意${what},请照常办理。`,
  }
  const waits = excuse.decision === undefined
  return {
    asked: waits ? `${excuse.mine ? '您' : '有人'}已经提出${what},等镇里决定。` : (words[excuse.decision ?? ''] ?? ''),
    askedTone: excuse.decision === 'approved' ? 'good' : 'warn',
    mayWithdraw: waits && excuse.mine && !excuse.batch,
  }
}

function countsWords(duty: Partial<DutyView>): string {
  const photos = duty.photos_required ? `要 ${duty.photos_required} 张照片;` : '不用照片;'
  if (!duty.counts) return photos.slice(0, -1) + '。'
  return (
    photos +
    (duty.counts === 'receipt' ? '镇里收到就算完成。' : '交上后由镇里审核,通过才算完成;按收到的时间算是否按时。')
  )
}
