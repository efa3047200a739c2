// A record: how it stands, what it says, what it counts for, who has looked at it; for a reviewer the decision, and the
// next one.

import { page } from '../../behaviors/page'
import * as account from '../../services/account'
import * as api from '../../services/api'
import { now } from '../../services/clock'
import { sentence } from '../../services/errors'
import { load, quietly, SHELL } from '../../services/load'
import { back, confirm, go, replace, scrollTo, scrollToTop, toast, view } from '../../services/screen'
import { call, current } from '../../services/session'
import { list, onChange, words } from '../../outbox/index'
import { addDays, dayAt, dayLabel } from '../../utils/dates'
import { formPage } from '../../utils/words'
import * as queue from '../review/queue'
import { DUE_DAYS, reasonsFor } from './reasons'
import { shownRecord, shownVersions, standingReturn, type ShownRecord, type ShownVersion, type Whole } from './shown'

/** The server's least and most. */
const SHORTEST = 2
const LONGEST = 500

/** What this page keeps beside its data. */
interface Held {
  record: Whole
  stopWaiting?: () => void
}

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    id: '',
    shown: null as ShownRecord | null,
    returned: null as { reason: string; due: string } | null,
    /** What lies on this phone of this record and is not with the town yet. */
    waiting: '',
    /** 去补正, 修改, 更正; empty where it is not mine to change. */
    edit: '',
    main: false,
    replyTo: '',
    mayReview: false,
    isSurvey: false,
    mayConfirm: false,
    mayMerge: false,
    returning: false,
    /** In 大字 one question after the other: which reasons, what else, by when. */
    returnStep: 0,
    reasons: [] as { value: string; label: string }[],
    chosen: [] as string[],
    reason: '',
    reasonError: '',
    dueDays: '7',
    dues: [] as { value: string; label: string; note: string }[],
    decided: '',
    hasNext: false,
    next: '',
    busy: false,
    versions: null as ShownVersion[] | null,
    versionsBusy: false,
  },
  lifetimes: {
    attached() {
      ;(this as unknown as Held).stopWaiting = onChange(() => this.showWaiting())
    },
    detached() {
      ;(this as unknown as Held).stopWaiting?.()
    },
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      this.setData({ id: decodeURIComponent(query['id'] ?? '') })
    },
    onShow() {
      this.showWaiting()
      void this.load()
    },
    async load() {
      const { id } = this.data
      let me: account.Me | null = null
      // Who I am decides about buttons only; what is known of it is enough without network.
      await load(quietly, 'me', account.me, (fresh) => (me = fresh))
      await load(
        this,
        `record:${id}`,
        () => api.record(id),
        (record) => this.show(record as Whole, me),
      )
    },
    show(record: Whole, me: account.Me | null) {
      const mine = record.writer === me?.name
      const waits = record.state === 'submitted'
      const mayReview = record.mine_to_review ?? (me !== null && waits && !mine && account.mayReview(me))
      const mayConfirm = record.needs_confirmation && me !== null && !mine && account.mayConfirm(me)
      const shown = shownRecord(record, now())
      const extraOf = shown.extraOf !== null && (waits || record.state === 'returned')
      const writes = mine || me === null || account.mayWrite(me, record.kind)
      const noEdit = mayReview || mayConfirm || !writes || formPage(record.kind) === null
      const edit = noEdit ? '' : editLabel(record, mine)
      const mayReply = record.kind === 'report' && me !== null && !account.isAway(me) && account.mayWriteContact(me)
      this.setData({
        shown,
        returned: standingReturn(record),
        edit,
        main: record.state === 'returned' || record.state === 'draft',
        replyTo: mayReply ? (record.entered_for ?? '') : '',
        mayReview,
        isSurvey: record.kind === 'sign_survey',
        mayConfirm,
        mayMerge: extraOf,
        reasons: reasonsFor(record.kind).map((reason) => ({ value: reason, label: reason })),
        dues: DUE_DAYS.map((days) => ({
          value: String(days),
          label: `${days} 天内`,
          note: dayLabel(addDays(dayAt(now()), days)),
        })),
      })
      ;(this as unknown as Held).record = record
    },
    showWaiting() {
      const mine = list().filter((item) => item.id === this.data.id && item.state !== 'received')
      const last = mine[mine.length - 1]
      const detail = last ? words.detailWords(last) : ''
      this.setData({ waiting: last ? `您改的内容:${words.stateWords(last)}。${detail}` : '' })
    },
    whole(): Whole {
      return (this as unknown as Held).record
    },

    look(event: WechatMiniprogram.TouchEvent) {
      const photos = this.data.shown?.photos ?? []
      const large = photos[Number(event.currentTarget.dataset['at'])]?.large
      if (large)
        view(
          large,
          photos.map((photo) => photo.large).filter((url) => url !== ''),
        )
    },
    openOutbox() {
      go('/pages/outbox/index')
    },
    change() {
      const path = formPage(this.whole().kind)
      if (path) go(path, { record: this.data.id })
    },
    reply() {
      go('/more/linked/index', { member: this.data.replyTo, reply: this.data.id })
    },
    openOther(event: WechatMiniprogram.TouchEvent) {
      go('/pages/record/index', { id: String(event.currentTarget.dataset['id']) })
    },

    async seeVersions() {
      if (this.data.versionsBusy) return
      this.setData({ versionsBusy: true })
      try {
        const versions = await api.recordVersions(this.data.id)
        this.setData({ versions: shownVersions(this.whole().kind, versions, now()) })
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ versionsBusy: false })
      }
    },

    async accept() {
      const { version_id: version, kind } = this.whole()
      const survey = kind === 'sign_survey'
      await this.decide(survey ? '已确认,这项排查算办结了。' : '已通过。', () =>
        survey ? api.confirmSurvey(this.data.id, version) : api.acceptRecord(this.data.id, version),
      )
    },
    async confirmWriter() {
      await this.decide('已确认,这条记录算数了。', () => api.confirmRecord(this.data.id, this.whole().version_id))
    },
    startReturn() {
      this.setData({ returning: true, returnStep: 0, reasonError: '' }, () => scrollTo('#return'))
    },
    stopReturn() {
      this.setData({ returning: false })
    },
    nextReturn() {
      this.setData({ returnStep: this.data.returnStep + 1 })
      scrollToTop()
    },
    previousReturn() {
      this.setData({ returnStep: this.data.returnStep - 1 })
      scrollToTop()
    },
    pickReason({ detail }: WechatMiniprogram.CustomEvent<{ values: string[] }>) {
      this.setData({ chosen: detail.values, reasonError: '' })
    },
    typeReason({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ reason: detail.value, reasonError: '' })
    },
    pickDue({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ dueDays: detail.value })
    },
    async giveBack() {
      const { chosen, reason, dueDays } = this.data
      const whole = [...chosen, reason.trim()].filter((part) => part !== '').join(';')
      const length = Array.from(whole).length
      if (length < SHORTEST) return this.setData({ returnStep: 1, reasonError: '请选一个原因,或写一句要补正什么。' })
      if (length > LONGEST)
        return this.setData({ returnStep: 1, reasonError: `原因最多 ${LONGEST} 个字,现在有 ${length} 个,请精简。` })
      const form = {
        version: this.whole().version_id,
        reason: whole,
        due_on: addDays(dayAt(now()), Number(dueDays)),
      }
      await this.decide('已退回,填写人会收到提醒。', () => api.returnRecord(this.data.id, form))
    },
    /** A decision needs the town's answer: another reviewer may have been faster. */
    async decide(decided: string, deed: () => Promise<unknown>) {
      if (this.data.busy) return
      this.setData({ busy: true })
      try {
        await deed()
        const { id } = this.data
        const next = queue.next(id) ?? ''
        queue.done(id)
        this.setData({ decided, returning: false, next, hasNext: next !== '', mayReview: false, mayConfirm: false })
        await this.load()
      } catch (error) {
        toast(sentence(error))
        await this.load()
      } finally {
        this.setData({ busy: false })
      }
    },
    openNext() {
      replace('/pages/record/index', { id: this.data.next })
    },
    goBack() {
      back()
    },

    async merge() {
      const into = this.data.shown?.extraOf
      if (!into) return
      const sure = await confirm(
        '合并到那一份?',
        `这项工作已由${into.label}算作完成。合并后这一份原样保留,只是不再单独待审。`,
        '合并',
        '先不合',
      )
      if (!sure) return
      await this.decide('已合并。', () =>
        call({
          method: 'POST',
          path: `/api/v1/records/${encodeURIComponent(this.data.id)}/merge`,
          body: { version: this.whole().version_id, into: into.record_id },
        }),
      )
    },
  },
})

function editLabel(record: Whole, mine: boolean): string {
  if (record.kind === 'contact' || !current()) return ''
  switch (record.state as string) {
    case 'returned':
      return '去补正'
    case 'draft':
      return '接着办'
    case 'awaiting_photos':
      return '补照片或修改'
    case 'submitted':
      return mine ? '修改' : ''
    case 'accepted':
      return mine ? '更正' : ''
    default:
      return ''
  }
}
