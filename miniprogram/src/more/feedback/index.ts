// 意见建议: a word to the office with a number and an answer, or the wish that the office enter a record.

import { page } from '../../behaviors/page'
import { drafts, enqueue, list, onChange, words, type Form } from '../../outbox/index'
import * as account from '../../services/account'
import { now } from '../../services/clock'
import { sentence } from '../../services/errors'
import { load, SHELL } from '../../services/load'
import { go, toast } from '../../services/screen'
import { current } from '../../services/session'
import { instant, momentLabel } from '../../utils/dates'

type Kind = 'suggestion' | 'complaint' | 'clerk_request'

/** The server's most. */
const LONGEST = 1000

const KINDS = [
  { value: 'suggestion', label: '提建议', note: '对工作、对小程序,都可以' },
  { value: 'complaint', label: '投诉', note: '只有镇党建办和镇纪委能看到' },
  { value: 'clerk_request', label: '改由镇里录入', note: '不方便拍照、不会填的,请镇里代录' },
]

interface Line {
  id: string
  title: string
  state: string
  tone: string
  text: string
  about: string
  when: string
  answers: { id: string; text: string; by: string }[]
}

interface Held {
  name: string
  extra: { unit_id?: string; duty_id?: string }
  feedback: account.Feedback[]
  stopItems?: () => void
}

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    kinds: KINDS,
    kind: '' as Kind | '',
    text: '',
    problem: '',
    kindProblem: '',
    about: '',
    sent: false,
    busy: false,
    known: true,
    lines: [] as Line[],
    next: '',
    waiting: [] as { id: string; title: string; state: string; detail: string }[],
  },
  lifetimes: {
    attached() {
      ;(this as unknown as Held).stopItems = onChange(() => this.showWaiting())
    },
    detached() {
      ;(this as unknown as Held).stopItems?.()
    },
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      const value = (name: string): string => decodeURIComponent(query[name] ?? '')
      const [unit, duty] = [value('unit'), value('duty')]
      const held = this as unknown as Held
      held.extra = { ...(unit ? { unit_id: unit } : {}), ...(duty ? { duty_id: duty } : {}) }
      held.name = value('draft') || `feedback:${duty || 'new'}`
      const me = current()
      const left = me && drafts.peek(me, held.name)
      const form = (left?.form ?? {}) as { kind?: Kind; text?: string; unit_id?: string; duty_id?: string }
      if (left) held.extra = { ...held.extra, ...pick(form) }
      this.setData({
        about: value('title'),
        kind: form.kind ?? (value('kind') as Kind | ''),
        text: form.text ?? '',
      })
    },
    onShow() {
      this.showWaiting()
      void this.load()
    },
    async load() {
      await load(this, 'feedback', account.myFeedback, (page) => {
        ;(this as unknown as Held).feedback = page?.feedback ?? []
        this.setData({ known: page !== null, lines: (page?.feedback ?? []).map(lineOf), next: page?.next ?? '' })
      })
    },
    async more() {
      try {
        const page = await account.myFeedback(this.data.next)
        const held = this as unknown as Held
        held.feedback = [...held.feedback, ...(page?.feedback ?? [])]
        this.setData({ lines: held.feedback.map(lineOf), next: page?.next ?? '' })
      } catch (error) {
        toast(sentence(error))
      }
    },
    showWaiting() {
      const waiting = list().filter((item) => item.kind === 'feedback' && item.state !== 'received')
      // One has arrived: it has its number now.
      if (waiting.length < this.data.waiting.length) void this.load()
      this.setData({
        waiting: waiting.map((item) => ({
          id: item.versionId,
          title: item.title,
          state: words.stateWords(item),
          detail: words.detailWords(item),
        })),
      })
    },

    pickKind({ detail }: WechatMiniprogram.CustomEvent<{ value: Kind }>) {
      this.setData({ kind: detail.value, problem: '', kindProblem: '', sent: false })
      this.keep()
    },
    typeText({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ text: detail.value, problem: '' })
      this.keep()
    },
    form(): Form {
      const { kind, text } = this.data
      return { kind, text: text.trim(), ...(this as unknown as Held).extra }
    },
    keep() {
      const me = current()
      const { name } = this as unknown as Held
      if (!me) return
      drafts.open(me, name, { kind: 'feedback', form: this.form() })
      drafts.save(me, name, this.form())
    },
    async submit() {
      const { kind, text, busy } = this.data
      const length = Array.from(text.trim()).length
      if (busy) return
      if (kind === '') return this.setData({ kindProblem: '请先选一项:提建议、投诉,还是请镇里录入。' })
      if (length === 0 && kind !== 'clerk_request') return this.setData({ problem: '请写几句是什么事。' })
      if (length > LONGEST) return this.setData({ problem: `最多 ${LONGEST} 个字,现在有 ${length} 个,请精简。` })
      this.setData({ busy: true })
      try {
        this.keep()
        const label = KINDS.find((one) => one.value === kind)?.label ?? '意见建议'
        await enqueue((this as unknown as Held).name, `${label}${this.data.about ? ` · ${this.data.about}` : ''}`)
        this.setData({ sent: true, kind: '', text: '', about: '' })
        ;(this as unknown as Held).name = 'feedback:new'
        ;(this as unknown as Held).extra = {}
        void this.load()
      } catch (error) {
        this.setData({ problem: (error as Error).message })
      } finally {
        this.setData({ busy: false })
      }
    },
    openOutbox() {
      go('/pages/outbox/index')
    },
  },
})

function pick({ unit_id, duty_id }: { unit_id?: string; duty_id?: string }): { unit_id?: string; duty_id?: string } {
  return { ...(unit_id ? { unit_id } : {}), ...(duty_id ? { duty_id } : {}) }
}

function lineOf(one: account.Feedback): Line {
  return {
    id: one.id,
    title: `${one.label} ${one.number} 号`,
    state: one.state_label,
    tone: one.state === 'answered' ? 'done' : 'wait',
    text: one.text,
    about: one.duty_title ?? '',
    when: momentLabel(instant(one.received_at), now()),
    answers: one.answers.map(({ id, text, by, at }) => ({ id, text, by: `${by} ${momentLabel(instant(at), now())}` })),
  }
}
