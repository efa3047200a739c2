// 记会议: what the duty, the last record and the roster know is filled in; who was absent is tapped; the minutes are the
// only thing to be written.

import { content as nothing, FEWER, FIELDS, isKnown } from './fields'
import { blank, contentOf, formOf, prefilled, problemsOf, recordForm, withDuty, type Content } from './content'
import { form } from '../../behaviors/form'
import { page } from '../../behaviors/page'
import { me as fetchMe, type Me } from '../../services/account'
import * as api from '../../services/api'
import type { DutyLine, RecordView } from '../../services/api'
import { meetingPrefill } from '../../services/assist'
import { read } from '../../services/cache'
import { now } from '../../services/clock'
import { load, SHELL } from '../../services/load'
import { back, confirm } from '../../services/screen'
import { current } from '../../services/session'
import { dayAt } from '../../utils/dates'
import { returnReason } from '../../utils/reviews'
import { dueWords, MEETING_TYPES } from '../../utils/words'

interface Asked {
  asked: { duty: string; record: string; draft: string }
  duties: DutyLine[]
  view?: RecordView | undefined
  begun?: boolean
}

Component({
  behaviors: [page, form],
  data: {
    ...SHELL,
    form: nothing,
    today: '',
    units: [] as { value: string; label: string }[],
    unitName: '',
    dutyOptions: [] as { value: string; label: string; note: string }[],
    types: Object.entries(MEETING_TYPES).map(([value, label]) => ({ value, label })),
    /** The duties say it; shown when it is to be changed. */
    typesShown: false,
    typeWords: '',
    /** In 大字: place, people and topic are filled in, and only confirmed; those to be changed after all are opened. */
    known: false,
    knownFields: [
      { field: 'place', label: '在哪里开的?' },
      { field: 'host', label: '谁主持的?' },
      { field: 'recorder', label: '谁记录的?' },
      { field: 'topic', label: '议题是什么?' },
    ],
    opened: {} as Record<string, boolean>,
    roster: [] as { name: string; absent?: string }[],
    /** The duty or the record says whose meeting it is. */
    unitFixed: false,
    again: false,
    returned: '',
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      const asked = this as unknown as Asked
      const value = (name: string): string => decodeURIComponent(query[name] ?? '')
      asked.asked = { duty: value('duty'), record: value('record'), draft: value('draft') }
      asked.duties = []
      this.setData({ today: dayAt(now()) })
      void this.prepare()
    },
    async prepare() {
      const asked = this as unknown as Asked
      const { record } = asked.asked
      if (record) {
        await load(
          this,
          `record:${record}`,
          () => api.record(record),
          (view) => (asked.view = view),
        )
        if (!asked.view && !asked.asked.draft) return
      }
      await load(this, 'today', api.dutiesToday, (duties) => {
        asked.duties = duties
        if (!asked.begun) this.open()
        this.drawDuties()
      })
      // Without network and without a list there is still a draft, or a record to be put right.
      if (!asked.begun && (record || asked.asked.draft)) this.open()
      if (asked.begun) this.setData({ error: '', cachedAt: 0 })
    },
    open() {
      const asked = this as unknown as Asked
      const me = current()
      if (!me) return
      asked.begun = true
      const { duty: dutyId, record, draft: name } = asked.asked
      const duty = asked.duties.find((one) => one.id === dutyId)
      const units = this.unitsOf(read<Me>(me, 'me')?.value)
      const unitId = duty?.unit_id ?? units[0]?.value ?? ''
      const { view } = asked
      const begin = view
        ? {
            kind: 'meeting' as const,
            form: recordForm(view),
            recordId: view.id,
            baseVersion: view.version_id,
            photos: view.photos.map(({ slot, hash }) => ({ slot, hash })),
          }
        : { kind: 'meeting' as const, form: formOf(blank(unitId, duty, this.data.today, me.personName)) }
      if (view) this.setTownPictures(view.photos)
      const draftName = name || (record ? `meeting:edit:${record}` : `meeting:${dutyId || 'new'}`)
      const draft = this.begin(draftName, begin, { fields: FIELDS, problems: () => this.wrong() })
      if (!draft) return
      this.compare(view)
      const content = contentOf(draft.form)
      this.setData({
        units,
        form: content,
        known: false,
        opened: {},
        loading: false,
        again: !view && draft.touched === true,
        returned: returnReason(view),
        unitFixed: duty !== undefined || view !== undefined,
      })
      this.drawTypes()
      this.askFewer()
      void this.chooseUnit(content.unitId || unitId)
      if (units.length === 0 && !content.unitId) void this.findUnits()
    },
    /** Where a meeting can be recorded: what duties name, and the units of one's own posts. */
    unitsOf(me: Me | undefined): { value: string; label: string }[] {
      const { duties, view } = this as unknown as Asked
      const known = new Map<string, string>()
      if (view) known.set(view.unit_id, view.unit_name)
      for (const duty of duties) if (duty.record_kind === 'meeting') known.set(duty.unit_id, duty.unit_name)
      const held = (me?.posts ?? []).flatMap((post) => post.units ?? [])
      for (const unit of held) if (MEETS.indexOf(unit.kind) >= 0) known.set(unit.id, unit.name)
      return [...known].map(([value, label]) => ({ value, label }))
    },
    async findUnits() {
      const me = await fetchMe().catch(() => undefined)
      const all = await api.units().catch(() => [])
      const held = this.unitsOf(me)
      const units =
        held.length > 0
          ? held
          : all
              .filter((unit) => MEETS.indexOf(unit.kind) >= 0 || unit.kind === 'village')
              .map(({ id, name }) => ({ value: id, label: name }))
      this.setData({ units })
      const [first] = units
      if (first) await this.chooseUnit(first.value)
    },
    async chooseUnit(unitId: string) {
      const { units, form } = this.data
      const unitName = units.find((unit) => unit.value === unitId)?.label ?? ''
      const { view } = this as unknown as Asked
      this.setData({ unitName, roster: [] })
      if (unitId !== form.unitId) this.change({ unitId, dutyIds: [], ...NOBODY })
      this.drawDuties()
      const prefill = unitId ? await meetingPrefill(unitId) : null
      if (!prefill || this.data.form.unitId !== unitId) return
      this.setData({ roster: prefill.members })
      if (!view) this.change(prefilled(this.data.form, prefill), false)
      this.askFewer()
    },
    /** Before the first question is left, so that none goes away from under somebody's eyes. */
    askFewer() {
      const { form, step } = this.data
      if (step > 0) return
      const known = isKnown(form)
      if (known === this.data.known) return
      this.setData({ known })
      this.askInstead(known ? FEWER : FIELDS, 'types')
    },
    openField(event: WechatMiniprogram.TouchEvent) {
      this.setData({ opened: { ...this.data.opened, [String(event.currentTarget.dataset['field'])]: true } })
    },
    drawDuties() {
      const { duties } = this as unknown as Asked
      const { form, today } = this.data
      const shown = duties.filter(
        (duty) => duty.unit_id === form.unitId && duty.record_kind === 'meeting' && duty.status !== 'upcoming',
      )
      this.setData({
        dutyOptions: shown.map((duty) => ({ value: duty.id, label: duty.title, note: dueWords(duty, today) })),
      })
    },
    drawTypes() {
      const words = this.data.form.types.map((type) => MEETING_TYPES[type] ?? type)
      this.setData({ typeWords: words.join('、') || '还没选' })
    },
    showTypes() {
      this.setData({ typesShown: true })
    },
    wrong() {
      const { duties } = this as unknown as Asked
      const { form, today, photos } = this.data
      const wanted = duties.some((duty) => form.dutyIds.indexOf(duty.id) >= 0 && duty.photos_required > 0)
      return problemsOf(form, today, Object.values(photos).flat().length, wanted)
    },
    change(fresh: Partial<Content>, byHand = true) {
      const content = { ...this.data.form, ...fresh }
      this.setData({ form: content })
      this.drawTypes()
      this.keep(formOf(content), byHand)
    },
    write(event: WechatMiniprogram.CustomEvent) {
      const field = String(event.currentTarget.dataset['field'])
      this.change({ [field]: (event.detail as { value: unknown }).value })
    },
    pickUnit(event: WechatMiniprogram.CustomEvent) {
      void this.chooseUnit((event.detail as { value: string }).value)
    },
    pickDuty(event: WechatMiniprogram.CustomEvent) {
      const { value } = event.detail as { value: string }
      const { duties } = this as unknown as Asked
      const duty = duties.find((one) => one.id === value)
      if (duty) this.change(withDuty(this.data.form, duty, this.data.form.dutyIds.indexOf(value) < 0, duties))
    },
    pickTypes(event: WechatMiniprogram.CustomEvent) {
      this.change({ types: (event.detail as { values: string[] }).values })
    },
    attended(event: WechatMiniprogram.CustomEvent) {
      this.change((event.detail as { value: Partial<Content> }).value)
    },
    submit() {
      void this.handIn(`会议 · ${this.data.form.topic || this.data.unitName}`)
    },
    async startOver() {
      if (!(await confirm('不要这份草稿?', '填过的字和照片都会删掉,重新开始。', '重新开始', '接着填'))) return
      await this.throwAway()
      this.setData({ again: false, form: nothing })
      this.open()
    },
    async cancelled() {
      await this.throwAway()
      back()
    },
    finish: () => back(),
  },
})

/** Units that meet. */
const MEETS = ['branch', 'general_branch', 'group']

const NOBODY = { expected: 0, present: 0, absent: [] }
