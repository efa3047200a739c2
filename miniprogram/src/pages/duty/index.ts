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
import { go, toast } from '../../services/screen'
import { current } from '../../services/session'
import { dayAt, dayLabel } from '../../utils/dates'
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
    excusing: false,
    excuseKind: '',
    excuseReason: '',
    excuseError: '',
    busy: false,
    excuseKinds: [
      { value: 'excused', label: '这次办不了', note: '比如汛期、人都外出,请镇里免办这一次' },
      { value: 'not_applicable', label: '不适用于我们', note: '比如没有党小组,这项本来就不用办' },
    ],
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
        act: done || duty.status === 'upcoming' || !formPage(duty.record_kind) ? '' : actWords(duty),
      })
      this.drawWaiting()
    },
    showMe(me: Me) {
      this.setData({ mayExcuse: may(me, 'propose_excuse') })
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
    openExcuse() {
      this.setData({ excusing: !this.data.excusing })
    },
    pickExcuse(event: WechatMiniprogram.CustomEvent) {
      this.setData({ excuseKind: (event.detail as { value: string }).value, excuseError: '' })
    },
    writeExcuse(event: WechatMiniprogram.CustomEvent) {
      this.setData({ excuseReason: (event.detail as { value: string }).value, excuseError: '' })
    },
    async sendExcuse() {
      const { excuseKind, excuseReason, duty } = this.data
      if (!duty?.id || this.data.busy) return
      if (!excuseKind) return this.setData({ excuseError: '请选择是这次办不了,还是不适用。' })
      if (excuseReason.trim() === '') return this.setData({ excuseError: '请写明原因,镇里按原因审核。' })
      this.setData({ busy: true, excuseError: '' })
      try {
        const kind = excuseKind as 'excused' | 'not_applicable'
        await api.proposeExcuse(duty.id, { kind, reason: excuseReason.trim() })
        this.setData({ excusing: false })
        toast('已提出,等镇里审核。')
        await this.reload()
      } catch (error) {
        this.setData({ excuseError: sentence(error) })
      } finally {
        this.setData({ busy: false })
      }
    },
  },
})

function countsWords(duty: Partial<DutyView>): string {
  const photos = duty.photos_required ? `要 ${duty.photos_required} 张照片;` : '不用照片;'
  if (!duty.counts) return photos.slice(0, -1) + '。'
  return (
    photos +
    (duty.counts === 'receipt' ? '镇里收到就算完成。' : '交上后由镇里审核,通过才算完成;按收到的时间算是否按时。')
  )
}
