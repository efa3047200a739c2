// 文字记录: a few sentences on what was done, for duties that have no form of their own. A photo may be added, none is
// asked for.

import { form } from '../../behaviors/form'
import { page } from '../../behaviors/page'
import type { Form } from '../../outbox/index'
import * as api from '../../services/api'
import type { DutyLine, DutyView, RecordView } from '../../services/api'
import { read } from '../../services/cache'
import { now } from '../../services/clock'
import { load, SHELL } from '../../services/load'
import { back, go } from '../../services/screen'
import { current } from '../../services/session'
import { dayAt } from '../../utils/dates'
import { returnReason } from '../../utils/reviews'
import { statementProblems, type Problem } from '../../utils/forms'
import { dueWords } from '../../utils/words'

interface Content {
  unitId: string
  happenedOn: string
  dutyIds: string[]
  text: string
}

interface Asked {
  asked: { duty: string; record: string; draft: string }
  view?: RecordView | undefined
  /** As it stood when the form was begun. */
  begun?: string
}

const FIELDS = [['text'], ['happenedOn'], ['photo']]

Component({
  behaviors: [page, form],
  data: {
    ...SHELL,
    form: { unitId: '', happenedOn: '', dutyIds: [], text: '' } as Content,
    today: '',
    title: '',
    unitName: '',
    due: '',
    requirement: '',
    /** Opened without a duty: there is nothing to fill in, and trying again would not help. */
    nothing: false,
    again: false,
    returned: '',
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      const asked = this as unknown as Asked
      const value = (name: string): string => decodeURIComponent(query[name] ?? '')
      asked.asked = { duty: value('duty'), record: value('record'), draft: value('draft') }
      this.setData({ today: dayAt(now()) })
      void this.prepare()
    },
    async prepare() {
      const asked = this as unknown as Asked
      const { duty, record, draft } = asked.asked
      if (record) {
        await load(
          this,
          `record:${record}`,
          () => api.record(record),
          (view) => {
            asked.view = view
            this.setData({ title: view.duties[0]?.title ?? view.label, unitName: view.unit_name })
            this.open()
          },
        )
        if (this.data.error && draft) this.open()
        return
      }
      const me = current()
      const line = me ? read<DutyLine[]>(me, 'today')?.value.find((one) => one.id === duty) : undefined
      if (line) this.show(line)
      if (duty) {
        await load(
          this,
          `duty:${duty}`,
          () => api.duty(duty),
          (found) => this.show(found),
        )
      }
      // The list knows enough to begin; a draft knows everything.
      if (!asked.begun && draft) this.open()
      if (asked.begun) this.setData({ error: '', loading: false })
      else if (!duty && !record) this.setData({ nothing: true, loading: false })
    },
    show(duty: DutyLine & Partial<DutyView>) {
      this.setData({
        title: duty.title,
        unitName: duty.unit_name,
        due: dueWords(duty, this.data.today),
        requirement: duty.requirement ?? this.data.requirement,
        loading: false,
      })
      this.open(duty)
    },
    open(duty?: DutyLine) {
      const asked = this as unknown as Asked
      const { view } = asked
      const stands = view ? `${view.version_id} ${view.state}` : 'new'
      if (asked.begun === stands) return
      if (asked.begun !== undefined && !this.isUntouched()) {
        this.setData({ returned: returnReason(view) })
        return this.compare(view)
      }
      const { record, draft: name } = asked.asked
      const { today } = this.data
      const content: Content = {
        unitId: view?.unit_id ?? duty?.unit_id ?? '',
        happenedOn: view?.happened_on ?? (duty?.last && duty.last < today ? duty.last : today),
        dutyIds: view?.duties.map((one) => one.duty_id) ?? (duty ? [duty.id] : []),
        text: (view?.facts as { text?: string } | undefined)?.text ?? '',
      }
      const photos = view?.photos.map(({ slot, hash }) => ({ slot, hash }))
      const begin = {
        kind: 'statement' as const,
        form: formOf(content),
        ...(view ? { recordId: view.id, baseVersion: view.version_id, photos: photos ?? [] } : {}),
      }
      if (view) this.setTownPictures(view.photos)
      const draftName = name || (record ? `statement:edit:${record}` : `statement:${duty?.id ?? ''}`)
      const draft = this.begin(draftName, begin, { fields: FIELDS, problems: () => this.wrong() })
      if (!draft) return
      asked.begun = stands
      this.compare(view)
      this.setData({
        form: contentOf(draft.form),
        again: !view && draft.touched === true,
        returned: returnReason(view),
      })
    },
    wrong(): Problem[] {
      return statementProblems(this.data.form, this.data.today)
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
    submit() {
      void this.handIn(this.data.title || '文字记录')
    },
    toToday: () => go('/pages/today/index'),
    finish: () => back(),
  },
})

function formOf({ unitId, happenedOn, dutyIds, text }: Content): Form {
  return { text, record: { unit_id: unitId, happened_on: happenedOn, duty_ids: dutyIds, entry_channel: 'phone' } }
}

function contentOf({ record = {}, ...facts }: Form): Content {
  return {
    text: String(facts['text'] ?? ''),
    unitId: String(record['unit_id']),
    happenedOn: String(record['happened_on']),
    dutyIds: (record['duty_ids'] as string[] | undefined) ?? [],
  }
}
