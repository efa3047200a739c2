// A member away from home tells the branch how things are: three short answers; and sees what the branch has said.

import { form } from '../../behaviors/form'
import { page } from '../../behaviors/page'
import { drafts } from '../../outbox/index'
import * as account from '../../services/account'
import * as api from '../../services/api'
import { read } from '../../services/cache'
import { now } from '../../services/clock'
import { load, quietly, SHELL } from '../../services/load'
import { back, confirm, go, replace } from '../../services/screen'
import { current } from '../../services/session'
import { dayAt } from '../../utils/dates'
import { reportProblems } from '../../utils/forms'
import { dueWords } from '../../utils/words'
import { blank, contentOf, FIELDS, formOf, recordForm, type Content } from './content'
import { talkOf, type Said } from './talk'

/** Where a duty stands when there is still something to be written. */
const OWED = ['upcoming', 'open', 'grace', 'overdue', 'returned']
const PHOTOS = 3

interface Held {
  asked: { duty: string; record: string; draft: string }
  duty?: api.DutyLine
  view?: api.RecordView
  me?: account.Me
}

Component({
  behaviors: [page, form],
  data: {
    ...SHELL,
    form: blank('', '', ''),
    writing: false,
    due: '',
    unitName: '',
    returned: '',
    again: false,
    talk: [] as Said[],
    slots: [0],
    mayWrite: false,
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      const value = (name: string): string => decodeURIComponent(query[name] ?? '')
      ;(this as unknown as Held).asked = { duty: value('duty'), record: value('record'), draft: value('draft') }
      if (value('member')) return replace('/more/linked/index', { member: value('member'), reply: value('reply') })
      void this.prepare()
    },
    async prepare() {
      const held = this as unknown as Held
      const { record, duty, draft } = held.asked
      await load(this, 'me', account.me, (me) => (held.me = me))
      if (held.me && !account.isAway(held.me)) return replace('/more/linked/index', { duty })
      await load(quietly, 'today', api.dutiesToday, (duties) => {
        const mine = duties.filter((one) => one.record_kind === 'report' && one.mine && OWED.indexOf(one.status) >= 0)
        const found = mine.find((one) => one.id === duty) ?? mine[0]
        // What was owed when the list was last seen may be done by now.
        if (found) held.duty = found
        else delete held.duty
      })
      if (record) {
        await load(
          this,
          `record:${record}`,
          () => api.record(record),
          (view) => (held.view = view),
        )
        if (!held.view && !draft) return
      }
      const unitId = held.view?.unit_id ?? held.duty?.unit_id ?? held.me?.away?.branch.id ?? ''
      const name = this.draftName()
      const owner = current()
      const left = owner ? drafts.peek(owner, name) : null
      this.setData({
        loading: false,
        error: '',
        mayWrite: unitId !== '' || left !== null,
        unitName: held.view?.unit_name ?? held.duty?.unit_name ?? held.me?.away?.branch.name ?? '',
        due: held.duty ? dueWords(held.duty, dayAt(now())) : '',
      })
      if (draft || record || held.duty || left) this.write()
      void this.listen()
    },
    draftName(): string {
      const { asked, duty } = this as unknown as Held
      return asked.draft || (asked.record ? `report:edit:${asked.record}` : `report:${duty?.id ?? 'new'}`)
    },
    write() {
      const held = this as unknown as Held
      const { view } = held
      const unitId = held.duty?.unit_id ?? held.me?.away?.branch.id ?? ''
      const begin = view
        ? {
            kind: 'report' as const,
            form: recordForm(view),
            recordId: view.id,
            baseVersion: view.version_id,
            photos: view.photos.map(({ slot, hash }) => ({ slot, hash })),
          }
        : { kind: 'report' as const, form: formOf(blank(unitId, held.duty?.id ?? '', dayAt(now()))) }
      if (view) this.setTownPictures(view.photos)
      const draft = this.begin(this.draftName(), begin, {
        fields: FIELDS,
        problems: () => reportProblems(this.data.form),
      })
      if (!draft) return
      this.compare(view)
      this.showSlots()
      const content = contentOf(draft.form)
      const last = view?.reviews.filter((review) => review.decision === 'returned').pop()
      this.setData({
        writing: true,
        form: content,
        again: !view && draft.touched === true,
        returned: view?.state === 'returned' ? (last?.reason ?? '') : '',
      })
      if (!content.place && !view) void this.fillPlace()
    },
    /** Where one was the last time: most people are still there. */
    async fillPlace() {
      const me = current()
      if (!me) return
      await load(quietly, 'report:place', lastPlace, (place) => {
        if (place && !this.data.form.place && !this.data.handedIn) this.change({ place }, false)
      })
    },
    async listen() {
      const me = current()
      if (!me) return
      await load(
        quietly,
        'talk',
        () => api.contacts(me.personId),
        (lines) => this.setData({ talk: talkOf(lines, dayAt(now())) }),
      )
    },

    change(fresh: Partial<Content>, byHand = true) {
      const content = { ...this.data.form, ...fresh }
      this.setData({ form: content })
      this.keep(formOf(content), byHand)
    },
    fill(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.change({ [String(event.currentTarget.dataset['field'])]: event.detail.value })
    },
    async addPhoto(event: WechatMiniprogram.CustomEvent) {
      await this.photoTaken(event)
      this.showSlots()
    },
    async dropPhoto(event: WechatMiniprogram.CustomEvent) {
      await this.photoRemoved(event)
      this.showSlots()
    },
    showSlots() {
      const slots = Math.min(PHOTOS, this.countOf('other') + 1)
      this.setData({ slots: Array.from({ length: slots }, (_, at) => at) })
    },
    submit() {
      void this.handIn('流动党员汇报')
    },
    async startOver() {
      if (!(await confirm('不要这份草稿?', '填过的字和照片都会删掉,重新开始。', '重新开始', '接着填'))) return
      await this.throwAway()
      this.setData({ again: false })
      this.write()
    },
    open(event: WechatMiniprogram.TouchEvent) {
      const record = String(event.currentTarget.dataset['record'] ?? '')
      if (record) go('/pages/record/index', { id: record })
    },
    finish() {
      back()
    },
  },
})

/** From the last report; what the phone knows already is not asked for again. */
async function lastPlace(): Promise<string> {
  const { records } = await api.records({ kind: 'report' })
  const [last] = records
  if (!last) return ''
  const me = current()
  const known = me && read<api.RecordView>(me, `record:${last.id}`)?.value
  const { facts } = known ?? (await api.record(last.id))
  return ((facts ?? {}) as { place?: string }).place ?? ''
}
