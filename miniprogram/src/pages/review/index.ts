// What waits for this reviewer. What nobody needs to look at twice is accepted in one go.

import { page } from '../../behaviors/page'
import * as account from '../../services/account'
import * as api from '../../services/api'
import { now } from '../../services/clock'
import { sentence } from '../../services/errors'
import { load, quietly, SHELL } from '../../services/load'
import { confirm, go, toast } from '../../services/screen'
import { call } from '../../services/session'
import { dayAt, instant, momentLabel, shortLabel } from '../../utils/dates'
import { flagWords, kindWords } from '../../utils/words'
import { setQueue } from './queue'

type Waiting = api.RecordLine

interface Page {
  records: Waiting[]
  next?: string
}

interface Line {
  id: string
  title: string
  note: string
  /** What to look at before accepting; empty where nothing is. */
  look: string
}

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    lines: [] as Line[],
    easy: 0,
    next: '',
    busy: false,
    result: '',
    left: [] as { id: string; title: string; message: string }[],
  },
  methods: {
    onShow() {
      void this.load()
    },
    async load() {
      let mayReview = true
      await load(quietly, 'me', account.me, (me) => (mayReview = account.mayReview(me)))
      const fetch = mayReview ? () => waiting() : () => Promise.resolve<Page>({ records: [] })
      await load(this, 'review', fetch, (page) => this.show(page))
    },
    async refresh() {
      this.setData({ result: '', left: [] })
      await this.load()
      if (!this.data.error && this.data.cachedAt === 0) toast('已是最新')
    },
    show({ records, next }: Page) {
      ;(this as unknown as { records: Waiting[] }).records = records
      setQueue(records.map((record) => record.id))
      const today = dayAt(now())
      this.setData({
        lines: records.map((record) => ({
          id: record.id,
          title: `${kindWords(record.kind)} · ${record.unit_name}`,
          note: `${record.writer},${shortLabel(record.happened_on, today)}办理,${momentLabel(instant(record.received_at), now())}收到`,
          look: lookWords(record),
        })),
        easy: records.filter(isEasy).length,
        next: next ?? '',
      })
    },
    async more() {
      if (this.data.busy) return
      this.setData({ busy: true })
      try {
        const known = (this as unknown as { records: Waiting[] }).records
        const page = await waiting(this.data.next)
        this.show({ ...page, records: [...known, ...page.records] })
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ busy: false })
      }
    },
    open(event: WechatMiniprogram.TouchEvent) {
      go('/pages/record/index', { id: String(event.currentTarget.dataset['id']) })
    },
    async acceptEasy() {
      const easy = (this as unknown as { records: Waiting[] }).records.filter(isEasy)
      const words = `这 ${easy.length} 条都按时,照片已到齐,没有退回补正过的。通过后填写人能看到是您审核的。`
      if (this.data.busy || !(await confirm(`通过 ${easy.length} 条?`, words, '通过', '再看看'))) return
      this.setData({ busy: true, result: '', left: [] })
      try {
        const { accepted, left } = await api.acceptRecords(easy.map(({ id, version_id: version }) => ({ id, version })))
        const titles = new Map(this.data.lines.map((line) => [line.id, line.title]))
        this.setData({
          result: `已通过 ${accepted.length} 条。`,
          left: left.map(({ id, message }) => ({ id, message, title: titles.get(id) ?? '' })),
        })
        await this.load()
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ busy: false })
      }
    },
  },
})

/** A server that does not know `to_review` yet gives whatever waits in my units. */
function waiting(after?: string): Promise<Page> {
  const query = { state: 'submitted', to_review: true, ...(after ? { after } : {}) }
  return call<Page>({ method: 'GET', path: '/api/v1/records', query }).then((page) => ({
    ...page,
    records: page.records.filter((record) => record.mine_to_review),
  }))
}

/** Most the server accepts at once. */
const BULK = 200

function isEasy(record: Waiting, at: number): boolean {
  return at < BULK && lookWords(record) === ''
}

function lookWords(record: Waiting): string {
  const words = [
    record.late ? '补录' : '',
    ...record.flags.map(flagWords),
    record.needs_confirmation ? '等支部书记确认' : '',
    record.kind === 'sign_survey' ? '要逐处核对' : '',
  ]
  return words.filter((word) => word !== '').join('、')
}
