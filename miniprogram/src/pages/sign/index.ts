// 标识牌, one case: a photo before, what it says and what is wrong with it, and a photo after: now, later, or from
// another phone.

import {
  ACTIONS,
  answersOf,
  contentOf,
  FIELDS,
  LATER_FIELDS,
  formOf,
  NOTHING,
  OWN,
  problemsOf,
  recordForm,
  SEE_PHOTO,
} from './content'
import type { Answer, Content } from './content'
import { form } from '../../behaviors/form'
import { page } from '../../behaviors/page'
import * as api from '../../services/api'
import type { RecordView, SignLine } from '../../services/api'
import { signTexts } from '../../services/assist'
import { read } from '../../services/cache'
import { now } from '../../services/clock'
import { load, SHELL } from '../../services/load'
import { back, confirm, scrollToTop, setTitle } from '../../services/screen'
import { current } from '../../services/session'
import { villages } from '../../services/villages'
import { dayAt } from '../../utils/dates'
import { returnReason } from '../../utils/reviews'
import { FINDINGS, PLACES } from '../../utils/words'

interface Asked {
  asked: { record: string; draft: string; village: string; place: string }
  view?: RecordView | undefined
  answers: (Answer & { finding: string })[]
  /** As it stood when the form was begun. */
  begun?: string | undefined
}

const FEW = 6

Component({
  behaviors: [page, form],
  data: {
    ...SHELL,
    form: NOTHING,
    today: '',
    villages: [] as Answer[],
    villageName: '',
    /** The answer tapped: a text, 见照片, or own words. */
    chosen: '',
    texts: [] as Answer[],
    moreTexts: false,
    own: OWN,
    places: Object.entries(PLACES).map(([value, label]) => ({ value, label })),
    findings: Object.entries(FINDINGS).map(([value, label]) => ({ value, label })),
    actions: ACTIONS,
    again: false,
    /** A case of the register, not a new one. */
    old: false,
    /** Place, words and finding: said already of an old case, and shown when they are to be changed. */
    factsShown: true,
    factWords: '',
    returned: '',
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      const asked = this as unknown as Asked
      const value = (name: string): string => decodeURIComponent(query[name] ?? '')
      asked.asked = { record: value('record'), draft: value('draft'), village: value('village'), place: value('place') }
      asked.answers = []
      this.setData({ today: dayAt(now()), old: asked.asked.record !== '' })
      if (asked.asked.record) setTitle('标识牌')
      void this.prepare()
    },
    async prepare() {
      const asked = this as unknown as Asked
      const { record } = asked.asked
      if (!record) {
        await load(this, 'villages', villages, (list) => {
          this.setData({ villages: list.map(({ id, name }) => ({ value: id, label: name })) })
          this.open()
        })
        // A draft knows its village.
        if (this.data.error && asked.asked.draft) this.open()
        return
      }
      await load(
        this,
        `record:${record}`,
        () => api.record(record),
        (view) => {
          asked.view = view
          this.open()
        },
      )
      if (this.data.error && asked.asked.draft) this.open()
    },
    open() {
      const asked = this as unknown as Asked
      const { record, draft: name, village, place } = asked.asked
      const { view } = asked
      // What was last seen is shown first; what is true now takes its place, unless something is filled in already.
      const stands = view ? `${view.version_id} ${view.state}` : 'new'
      if (asked.begun === stands) return
      if (asked.begun !== undefined && !this.isUntouched()) {
        this.setData({ returned: returnReason(view) })
        return this.compare(view)
      }
      const { today, villages } = this.data
      const unitId = village || (villages.length === 1 ? (villages[0]?.value ?? '') : '')
      const fresh: Content = { ...NOTHING, unitId, happenedOn: today, place: place || NOTHING.place }
      const begin = view
        ? {
            kind: 'sign' as const,
            form: recordForm(view),
            recordId: view.id,
            baseVersion: view.version_id,
            photos: view.photos.map(({ slot, hash }) => ({ slot, hash })),
          }
        : { kind: 'sign' as const, form: formOf(fresh) }
      if (view) this.setTownPictures(view.photos)
      const known = view !== undefined && view.state !== 'returned'
      const questions = { fields: known ? LATER_FIELDS : FIELDS, problems: () => this.wrong() }
      const draft = this.begin(name || (record ? `sign:edit:${record}` : 'sign:new'), begin, questions)
      if (!draft) return
      asked.begun = stands
      this.compare(view)
      const content = contentOf(draft.form)
      this.setData({
        form: content,
        error: '',
        loading: false,
        again: !view && draft.touched === true,
        old: draft.baseVersion !== undefined,
        returned: returnReason(view),
        chosen: '',
        factsShown: !known,
        factWords: [content.text, PLACES[content.place] ?? '', FINDINGS[content.finding] ?? ''].join(' · '),
      })
      // What is left to do is the photo after.
      if (known && !draft.replaces) this.toStep(1)
      void this.drawVillage()
    },
    async drawVillage() {
      const { form, villages } = this.data
      const { view } = this as unknown as Asked
      const villageName = villages.find((one) => one.value === form.unitId)?.label ?? view?.unit_name ?? ''
      this.setData({ villageName })
      this.drawTexts(null)
      if (form.unitId) this.drawTexts(await signTexts(form.unitId))
    },
    drawTexts(texts: Parameters<typeof answersOf>[0]) {
      const asked = this as unknown as Asked
      const me = current()
      const seen = me ? (read<SignLine[]>(me, 'signs')?.value ?? []) : []
      asked.answers = answersOf(texts, seen)
      const { text } = this.data.form
      const known = asked.answers.some((answer) => answer.value === text)
      this.setData({ chosen: this.data.chosen || (text === '' ? '' : known ? text : OWN) })
      this.showTexts()
    },
    showTexts() {
      const { answers } = this as unknown as Asked
      const { moreTexts, chosen } = this.data
      const tail = answers.slice(-2)
      const known = answers.slice(0, -2)
      const shown = moreTexts ? known : known.filter((one, i) => i < FEW || one.value === chosen)
      const texts = [...shown, ...tail].map(({ value, label, note }) => ({ value, label, ...(note ? { note } : {}) }))
      this.setData({ texts, moreTexts: moreTexts || known.length <= FEW })
    },
    showFacts() {
      this.setData({ factsShown: true })
      this.askInstead(FIELDS, 'place')
    },
    showMoreTexts() {
      this.setData({ moreTexts: true })
      this.showTexts()
    },
    wrong() {
      const { form, today } = this.data
      return problemsOf(form, today, this.countOf('before'), this.countOf('after'))
    },
    change(fresh: Partial<Content>) {
      const content = { ...this.data.form, ...fresh }
      this.setData({ form: content })
      this.keep(formOf(content))
    },
    write(event: WechatMiniprogram.CustomEvent) {
      const field = String(event.currentTarget.dataset['field'])
      this.change({ [field]: (event.detail as { value: string }).value })
    },
    pickVillage(event: WechatMiniprogram.CustomEvent) {
      this.change({ unitId: (event.detail as { value: string }).value })
      void this.drawVillage()
    },
    pickText(event: WechatMiniprogram.CustomEvent) {
      const { value } = event.detail as { value: string }
      const known = (this as unknown as Asked).answers.find((answer) => answer.value === value)
      this.setData({ chosen: value })
      if (value === OWN) return this.change({ text: '' })
      // What such a board was found to be before; one tap changes it.
      this.change({ text: value, ...(known?.finding ? { finding: known.finding } : {}) })
    },
    async tookAfter(event: WechatMiniprogram.CustomEvent) {
      const taken = await this.photoTaken(event)
      // A photo after means that it is gone; whoever has put up another one says so.
      if (taken && this.data.form.action === '') this.change({ action: 'removed' })
    },
    submit() {
      const { text } = this.data.form
      void this.handIn(`标识牌 · ${text === SEE_PHOTO ? this.data.villageName : text}`)
    },
    /** The next board of the same village and place. */
    another() {
      const asked = this as unknown as Asked
      const { unitId, place } = this.data.form
      asked.asked = { record: '', draft: '', village: unitId, place }
      asked.view = undefined
      asked.begun = undefined
      this.setData({ photos: {}, chosen: '', moreTexts: false })
      this.open()
      scrollToTop()
    },
    async startOver() {
      if (!(await confirm('不要这份草稿?', '填过的字和照片都会删掉,重新开始。', '重新开始', '接着填'))) return
      await this.throwAway()
      ;(this as unknown as Asked).begun = undefined
      this.open()
    },
    finish: () => back(),
  },
})
