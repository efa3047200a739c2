// 办不了、延期、交办: about one duty, this time or for a stretch of days. The town decides, so it needs the network; what is
// filled in stays on the phone until it is sent.

import { page } from '../../behaviors/page'
import { drafts } from '../../outbox/index'
import { may, me as fetchMe } from '../../services/account'
import * as api from '../../services/api'
import type { DutyView, TouchedDuty } from '../../services/api'
import { now } from '../../services/clock'
import { sentence } from '../../services/errors'
import { newId } from '../../services/ids'
import { load, quietly, SHELL } from '../../services/load'
import { back, go, scrollTo, scrollToTop } from '../../services/screen'
import { current } from '../../services/session'
import { addDays, dayAt, shortLabel } from '../../utils/dates'
import type { Problem } from '../../utils/forms'
import { dueWords } from '../../utils/words'
import {
  choiceOf,
  dayPickedOf,
  daysFor,
  kindsFor,
  meant,
  OWN,
  problemsOf,
  questionsOf,
  reasonOf,
  reasonsFor,
  SENT,
  type Content,
} from './content'

interface Held {
  id: string
  duty?: DutyView
  mayDelegate: boolean
  /** Of the batch: the same press twice is the same batch. */
  batch: string
}

interface Option {
  value: string
  label: string
  note?: string
}

const EMPTY: Content = {
  kind: '',
  picked: '',
  words: '',
  last: '',
  to: '',
  period: false,
  from: '',
  until: '',
  all: false,
}

const TIMES = [
  { value: 'once', label: '只这一次' },
  { value: 'period', label: '一段时间', note: '比如汛期、外出的几个月' },
]

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    title: '',
    unitName: '',
    due: '',
    today: '',
    kinds: [] as Option[],
    reasons: [] as Option[],
    days: [] as Option[],
    times: TIMES,
    widths: [] as Option[],
    people: [] as Option[],
    peopleError: '',
    form: EMPTY,
    /** Which of the days offered, or OWN. */
    dayPicked: '',
    preview: null as null | { key: string; title: string; note: string }[],
    left: [] as { key: string; title: string; note: string }[],
    kept: [] as string[],
    previewOptions: [] as Option[],
    /** In 大字 the questions come one after the other. */
    step: 0,
    steps: 3,
    asking: 'kind',
    problems: {} as Record<string, string>,
    barWords: '',
    busy: false,
    sent: '',
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      const held = this as unknown as Held
      held.id = decodeURIComponent(query['duty'] ?? '')
      held.batch = newId()
      held.mayDelegate = false
      const today = dayAt(now())
      this.setData({ today, form: { ...EMPTY, from: today, until: addDays(today, 30) } })
      void this.prepare()
    },
    async prepare() {
      const held = this as unknown as Held
      await load(quietly, 'me', fetchMe, (me) => (held.mayDelegate = may(me, 'delegate')))
      await load(
        this,
        `duty:${held.id}`,
        () => api.duty(held.id),
        (duty) => this.show(duty),
      )
    },
    show(duty: DutyView) {
      const held = this as unknown as Held
      held.duty = duty
      const me = current()
      const left = me && drafts.peek(me, nameOf(duty.id))
      const { today, form } = this.data
      const days = duty.last ? daysFor(duty.last, today) : []
      this.setData({
        title: duty.title,
        unitName: duty.unit_name,
        due: dueWords(duty, today),
        kinds: kindsFor({
          dated: duty.last !== undefined,
          handedIn: duty.status === 'returned',
          mayDelegate: held.mayDelegate,
        }),
        widths: [
          { value: 'same', label: `只“${duty.title}”` },
          { value: 'all', label: '本组织这段时间到期的所有事' },
        ],
        days,
        dayPicked: dayPickedOf(form.last, days),
        reasons: reasonsFor(form.kind),
      })
      if (left && form.kind === '') this.change(left.form as Partial<Content>, false)
    },

    change(fresh: Partial<Content>, byHand = true) {
      const form = { ...this.data.form, ...fresh }
      const stale = ['kind', 'from', 'until', 'all', 'last', 'to', 'period'].some((key) => key in fresh)
      this.setData({
        form,
        dayPicked: dayPickedOf(form.last, this.data.days),
        steps: questionsOf(form).length,
        reasons: reasonsFor(form.kind),
        problems: {},
        barWords: '',
        ...(stale ? { preview: null, left: [] } : {}),
      })
      const held = this as unknown as Held
      // Something else is asked for now: not the batch that may be there already.
      held.batch = newId()
      if (byHand) this.keep(form)
      if (form.kind === 'delegated' && this.data.people.length === 0) void this.findPeople()
    },
    /** A full storage is said and loses nothing that is on the screen. */
    keep(content: Content) {
      const { id } = this as unknown as Held
      const me = current()
      if (!me) return
      const form = { ...content, duty: id }
      try {
        drafts.open(me, nameOf(id), { kind: 'excuse', form })
        drafts.save(me, nameOf(id), form)
      } catch (error) {
        this.setData({ barWords: (error as Error).message })
      }
    },
    pickKind({ detail }: WechatMiniprogram.CustomEvent<{ value: Content['kind'] }>) {
      if (detail.value !== this.data.form.kind) this.change({ kind: detail.value, picked: '' })
    },
    pickReason({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.change({ picked: detail.value })
    },
    pickDay({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      const { last, today } = { last: (this as unknown as Held).duty?.last ?? '', today: this.data.today }
      this.change({ last: detail.value === OWN ? addDays(last < today ? today : last, 1) : detail.value })
    },
    pickTime({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.change({ period: detail.value === 'period' })
    },
    pickWidth({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.change({ all: detail.value === 'all' })
    },
    pickPerson({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.change({ to: detail.value })
    },
    write(event: WechatMiniprogram.CustomEvent) {
      const field = String(event.currentTarget.dataset['field'])
      this.change({ [field]: (event.detail as { value: string }).value })
    },
    pickKept({ detail }: WechatMiniprogram.CustomEvent<{ values: string[] }>) {
      ;(this as unknown as Held).batch = newId()
      this.setData({ kept: detail.values, barWords: '' })
    },

    /** Whoever has a post there first: they are asked most. */
    async findPeople() {
      const { duty } = this as unknown as Held
      const me = current()
      if (!duty) return
      try {
        const { people } = await api.people({ unit: duty.unit_id })
        const others = people.filter((one) => one.id !== me?.personId)
        const posts = (one: (typeof others)[number]): string => one.posts.map(({ label }) => label).join('、')
        const shown = [...others].sort((a, b) => Number(b.posts.length > 0) - Number(a.posts.length > 0))
        this.setData({
          people: shown.map((one) => ({ value: one.id, label: one.name, ...(posts(one) ? { note: posts(one) } : {}) })),
          peopleError: others.length === 0 ? '本组织没有别的人可以交办。' : '',
        })
      } catch (error) {
        this.setData({ peopleError: sentence(error) })
      }
    },

    wrong(): Problem[] {
      return problemsOf(this.data.form, {
        last: (this as unknown as Held).duty?.last ?? '',
        today: this.data.today,
      })
    },
    toStep(wished: number) {
      const questions = questionsOf(this.data.form)
      const step = Math.min(Math.max(0, wished), questions.length - 1)
      this.setData({ step, asking: questions[step]?.name ?? 'kind', problems: {}, barWords: '' })
    },
    nextStep() {
      const { step } = this.data
      const here = questionsOf(this.data.form)[step]?.fields ?? []
      if (this.isWrong(here)) return
      this.toStep(step + 1)
      scrollToTop()
    },
    previousStep() {
      this.toStep(this.data.step - 1)
      scrollToTop()
    },
    /** Says what is to be put right first, of these fields or of all. */
    isWrong(fields?: string[]): boolean {
      const wrong = this.wrong().filter(({ field }) => !fields || fields.indexOf(field) >= 0)
      const [first] = wrong
      if (!first) return false
      this.toStep(questionsOf(this.data.form).findIndex((one) => one.fields.indexOf(first.field) >= 0))
      const problems: Record<string, string> = {}
      for (const { field, message } of wrong) problems[field] ??= message
      this.setData({ problems, barWords: first.message })
      scrollTo(`#f-${first.field}`)
      return true
    },

    /** What a stretch of days touches is shown before it is asked for. */
    async look() {
      const held = this as unknown as Held
      const { duty, batch } = held
      if (!duty || this.data.busy || this.isWrong()) return
      const { form, today } = this.data
      await this.doing(async () => {
        const { duties, left } = await api.previewBatch(choiceOf(form, duty.unit_id))
        // Something else has been chosen meanwhile.
        if (held.batch !== batch) return
        const line = (one: TouchedDuty): { key: string; title: string; note: string } => ({
          key: one.key,
          title: one.title,
          note: [
            one.unit_name,
            one.last ? `${shortLabel(one.last, today)}到期` : '',
            one.planned ? '计划' : '',
            one.left_out ?? '',
          ]
            .filter((words) => words !== '')
            .join(' · '),
        })
        const preview = meant(duties, form, duty.title).map(line)
        this.setData({
          preview,
          left: meant(left, form, duty.title).map(line),
          kept: preview.map(({ key }) => key),
          previewOptions: preview.map(({ key, title, note }) => ({ value: key, label: title, note })),
        })
        if (preview.length > 0) scrollTo('#f-preview')
      })
    },
    async submit() {
      const { duty, batch } = this as unknown as Held
      const { form, kept } = this.data
      if (!duty || this.data.busy || this.isWrong() || form.kind === '') return
      const { kind } = form
      if (form.period && kept.length === 0) return this.setData({ barWords: '一项也没有选,请至少留一项。' })
      await this.doing(async () => {
        const reason = reasonOf(form)
        if (form.period) {
          await api.proposeBatch({ id: batch, choice: choiceOf(form, duty.unit_id), reason, duties: kept })
        } else if (kind === 'delegated') {
          await api.delegateDuty(duty.id, { to: form.to, reason })
        } else {
          await api.proposeExcuse(duty.id, {
            kind,
            reason,
            ...(kind === 'postponed' && form.last ? { last: form.last } : {}),
          })
        }
        const me = current()
        if (me) await drafts.discard(me, nameOf(duty.id))
        this.setData({ sent: `${form.period ? `共 ${kept.length} 项,` : ''}${SENT[kind]}` })
        scrollToTop()
      })
    },
    async doing(work: () => Promise<void>) {
      this.setData({ busy: true, barWords: '' })
      try {
        await work()
      } catch (error) {
        this.setData({ barWords: sentence(error) })
      } finally {
        this.setData({ busy: false })
      }
    },
    openProposals: () => go('/more/excuses/index'),
    finish: () => back(),
  },
})

/** Of the draft: one for each duty. */
const nameOf = (duty: string): string => `excuse:${duty}`
