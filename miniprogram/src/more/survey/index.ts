// 排查申报: the village says that all boards of a place have been looked at. The town confirms when none still hangs.

import { form } from '../../behaviors/form'
import { page } from '../../behaviors/page'
import type { Form } from '../../outbox/index'
import * as api from '../../services/api'
import type { DutyLine, RecordView, SignLine } from '../../services/api'
import { read } from '../../services/cache'
import { now } from '../../services/clock'
import { load, SHELL } from '../../services/load'
import { back, go } from '../../services/screen'
import { current } from '../../services/session'
import { villages } from '../../services/villages'
import { dayAt } from '../../utils/dates'
import { returnReason } from '../../utils/reviews'
import { PLACES } from '../../utils/words'
import type { Problem } from '../../utils/forms'

interface Content {
  unitId: string
  happenedOn: string
  dutyIds: string[]
  place: string
  note: string
}

interface Asked {
  asked: { duty: string; record: string; draft: string; village: string; place: string }
  duties: DutyLine[]
  view?: RecordView | undefined
  begun?: boolean
}

const FIELDS = [['unit', 'place'], ['happenedOn'], ['note']]

Component({
  behaviors: [page, form],
  data: {
    ...SHELL,
    form: { unitId: '', happenedOn: '', dutyIds: [], place: 'outside', note: '' } as Content,
    today: '',
    villages: [] as { value: string; label: string }[],
    villageName: '',
    places: Object.entries(PLACES).map(([value, label]) => ({ value, label })),
    hanging: 0,
    returned: '',
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      const asked = this as unknown as Asked
      const value = (name: string): string => decodeURIComponent(query[name] ?? '')
      asked.asked = {
        duty: value('duty'),
        record: value('record'),
        draft: value('draft'),
        village: value('village'),
        place: value('place'),
      }
      asked.duties = []
      this.setData({ today: dayAt(now()) })
      void this.prepare()
    },
    async prepare() {
      const asked = this as unknown as Asked
      const { record } = asked.asked
      const me = current()
      asked.duties = me ? (read<DutyLine[]>(me, 'today')?.value ?? []) : []
      if (record) {
        await load(
          this,
          `record:${record}`,
          () => api.record(record),
          (view) => (asked.view = view),
        )
        if (!asked.view && !asked.asked.draft) return
      } else if (asked.duties.length === 0) {
        asked.duties = await api.dutiesToday().catch(() => [])
      }
      await load(this, 'villages', villages, (found) => {
        this.setData({ villages: found.map(({ id, name }) => ({ value: id, label: name })) })
        this.open()
      })
    },
    open() {
      const asked = this as unknown as Asked
      if (asked.begun) return
      const { duty: dutyId, record, draft: name, village, place } = asked.asked
      const duty = asked.duties.find((one) => one.id === dutyId)
      const { view } = asked
      const facts = view?.facts as { place: string; note?: string } | undefined
      const content: Content = {
        unitId: view?.unit_id ?? duty?.unit_id ?? (village || (this.data.villages[0]?.value ?? '')),
        happenedOn: view?.happened_on ?? this.data.today,
        dutyIds: view?.duties.map((one) => one.duty_id) ?? (dutyId ? [dutyId] : []),
        place: facts?.place ?? duty?.place ?? (place || 'outside'),
        note: facts?.note ?? '',
      }
      const begin = {
        kind: 'survey' as const,
        form: formOf(content),
        ...(view ? { recordId: view.id, baseVersion: view.version_id } : {}),
      }
      const draftName = name || (record ? `survey:edit:${record}` : `survey:${dutyId || content.place}`)
      const draft = this.begin(draftName, begin, { fields: FIELDS, problems: () => this.wrong() })
      if (!draft) return
      asked.begun = true
      this.compare(view)
      this.setData({ form: contentOf(draft.form), returned: returnReason(view) })
      this.draw()
    },
    draw() {
      const me = current()
      const { form, villages } = this.data
      const signs = me ? (read<SignLine[]>(me, 'signs')?.value ?? []) : []
      const hangs = (sign: SignLine): boolean =>
        sign.village_id === form.unitId && sign.place === form.place && sign.state === 'open'
      this.setData({
        villageName: villages.find((one) => one.value === form.unitId)?.label ?? '',
        hanging: signs.filter(hangs).length,
      })
    },
    wrong(): Problem[] {
      const { form, today } = this.data
      return [
        ...(form.unitId ? [] : [{ field: 'unit', message: '请选择是哪个村。' }]),
        ...(form.happenedOn > today ? [{ field: 'happenedOn', message: '日期还没到,请核对后再提交。' }] : []),
        ...(Array.from(form.note).length > 500 ? [{ field: 'note', message: '说明最多 500 个字,请精简。' }] : []),
      ]
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
    /** The duty goes with the place. */
    pickPlace(event: WechatMiniprogram.CustomEvent) {
      const { value: place } = event.detail as { value: string }
      const { duties } = this as unknown as Asked
      const { unitId } = this.data.form
      const fits = (duty: DutyLine): boolean =>
        duty.record_kind === 'sign_survey' && duty.unit_id === unitId && (duty.place ?? place) === place
      this.change({ place, dutyIds: duties.filter(fits).map((duty) => duty.id) })
      this.draw()
    },
    pickVillage(event: WechatMiniprogram.CustomEvent) {
      this.change({ unitId: (event.detail as { value: string }).value, dutyIds: [] })
      this.draw()
    },
    openSigns: () => go('/pages/signs/index'),
    submit() {
      const { form, villageName } = this.data
      void this.handIn(`排查申报 · ${villageName}${PLACES[form.place] ?? ''}`)
    },
    finish: () => back(),
  },
})

function formOf({ unitId, happenedOn, dutyIds, place, note }: Content): Form {
  return {
    place,
    note: note.trim(),
    record: { unit_id: unitId, happened_on: happenedOn, duty_ids: dutyIds, entry_channel: 'phone' },
  }
}

function contentOf({ record = {}, ...facts }: Form): Content {
  return {
    place: String(facts['place']),
    note: String(facts['note'] ?? ''),
    unitId: String(record['unit_id']),
    happenedOn: String(record['happened_on']),
    dutyIds: (record['duty_ids'] as string[] | undefined) ?? [],
  }
}
