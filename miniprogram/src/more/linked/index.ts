// For whoever keeps in touch with members away: who they are and what is due, what was said, a sentence back, and the
// log of a call or a visit.

import { form } from '../../behaviors/form'
import { page } from '../../behaviors/page'
import * as account from '../../services/account'
import * as api from '../../services/api'
import { now } from '../../services/clock'
import { load, quietly, SHELL } from '../../services/load'
import { back, go, scrollToTop } from '../../services/screen'
import { dayAt } from '../../utils/dates'
import { contactProblems } from '../../utils/forms'
import { dueWords } from '../../utils/words'
import { talkOf, unanswered, type Said } from '../../pages/report/talk'

const DONE = ['met', 'excused', 'not_applicable', 'submitted']
const WAYS = [
  { value: 'app', label: '在这里回复', note: '对方会收到提醒' },
  { value: 'phone', label: '打了电话', note: '记一句说了什么' },
  { value: 'message', label: '发了信息' },
  { value: 'visit', label: '上门看望' },
]

interface Member {
  id: string
  name: string
  unitId: string
  due: string
  dutyIds: string[]
}

interface Held {
  asked: { member: string; reply: string; duty: string; draft: string }
  me?: account.Me
  duties: api.DutyLine[]
}

Component({
  behaviors: [page, form],
  data: {
    ...SHELL,
    members: [] as Member[],
    member: null as Member | null,
    talk: [] as Said[],
    mayWrite: false,
    ways: WAYS,
    way: 'app',
    choosingWay: false,
    said: '',
    replyTo: '',
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      const value = (name: string): string => decodeURIComponent(query[name] ?? '')
      const held = this as unknown as Held
      held.asked = { member: value('member'), reply: value('reply'), duty: value('duty'), draft: value('draft') }
      held.duties = []
      void this.prepare()
    },
    async prepare() {
      const held = this as unknown as Held
      await load(this, 'me', account.me, (me) => (held.me = me))
      await load(quietly, 'today', api.dutiesToday, (duties) => (held.duties = duties))
      await load(this, 'away', allAway, (people) => this.showMembers(people))
      const { member, duty } = held.asked
      const about = member || held.duties.find((one) => one.id === duty)?.person_id
      const one = this.data.members.find((one) => one.id === about)
      if (one && !this.data.member) await this.openMember(one)
    },
    /** Those one owes a word come first. Whom another committee member keeps in touch with, the server does not open. */
    showMembers(people: api.PeoplePage['people']) {
      const { me, duties } = this as unknown as Held
      const today = dayAt(now())
      const members = people.map((person) => {
        const owed = duties.filter((duty) => duty.person_id === person.id && DONE.indexOf(duty.status) < 0)
        return {
          id: person.id,
          name: person.name,
          unitId: person.branch_id ?? owed[0]?.unit_id ?? '',
          due: owed.map((duty) => `${duty.title}:${dueWords(duty, today)}`).join('\n'),
          dutyIds: owed.filter((duty) => duty.record_kind === 'contact').map((duty) => duty.id),
        }
      })
      members.sort((a, b) => b.dutyIds.length - a.dutyIds.length)
      this.setData({ members, mayWrite: me !== undefined && account.mayWriteContact(me) })
    },
    pick(event: WechatMiniprogram.TouchEvent) {
      const one = this.data.members.find((member) => member.id === event.currentTarget.dataset['id'])
      if (one) void this.openMember(one)
    },
    async openMember(member: Member) {
      const { asked } = this as unknown as Held
      this.setData({ member, talk: [], said: '', way: 'app', replyTo: asked.reply, loading: true })
      scrollToTop()
      if (this.data.mayWrite) {
        const draft = this.begin(
          asked.draft || `contact:${member.id}`,
          { kind: 'contact', form: this.formOf() },
          { fields: [['said']], problems: () => contactProblems({ said: this.data.said }) },
        )
        const left = (draft?.form ?? {}) as { said?: string; way?: string; in_reply_to?: string }
        this.setData({
          said: left.said ?? '',
          way: left.way ?? 'app',
          replyTo: asked.reply || (left.in_reply_to ?? ''),
        })
      }
      await load(
        this,
        `talk:${member.id}`,
        () => api.contacts(member.id),
        (lines) =>
          this.setData({
            talk: talkOf(lines, dayAt(now())),
            replyTo: this.data.replyTo || (unanswered(lines) ?? ''),
          }),
      )
    },
    closeMember() {
      this.setData({ member: null, error: '', handedIn: '', said: '' })
      scrollToTop()
      void this.prepare()
    },

    formOf() {
      const { member, said, way, replyTo } = this.data
      return {
        record: {
          unit_id: member?.unitId ?? '',
          happened_on: dayAt(now()),
          duty_ids: member?.dutyIds ?? [],
          entered_for: member?.id ?? '',
          entry_channel: 'phone',
        },
        said: said.trim(),
        way,
        ...(replyTo ? { in_reply_to: replyTo } : {}),
      }
    },
    typeSaid({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ said: detail.value })
      this.keep(this.formOf())
    },
    pickWay({ detail }: WechatMiniprogram.CustomEvent<{ value: string }>) {
      this.setData({ way: detail.value, choosingWay: false })
      this.keep(this.formOf())
    },
    chooseWay() {
      this.setData({ choosingWay: true })
    },
    submit() {
      this.keep(this.formOf())
      void this.handIn(`联系流动党员 · ${this.data.member?.name ?? ''}`)
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

/** Pages of the list asked for at most; a township has some thousand members. */
const PAGES = 20

async function allAway(): Promise<api.PeoplePage['people']> {
  const away: api.PeoplePage['people'] = []
  let after: string | undefined
  for (let page = 0; page < PAGES; page += 1) {
    const { people, next } = await api.people(after ? { after } : {})
    away.push(...people.filter((person) => person.is_away))
    if (!next) break
    after = next
  }
  return away
}
