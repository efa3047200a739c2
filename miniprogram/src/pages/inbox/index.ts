// 提醒: what the town has told me, newest first; how many messages WeChat may still bring; when to be left alone.

import { page } from '../../behaviors/page'
import * as account from '../../services/account'
import * as api from '../../services/api'
import { now } from '../../services/clock'
import { sentence } from '../../services/errors'
import { load, quietly, SHELL } from '../../services/load'
import { go, scrollTo, toast } from '../../services/screen'
import { ask, prepare, why } from '../../services/subscribe'
import { dayAt, instant, momentLabel, untilWords } from '../../utils/dates'
import { QUIET, zoneWords, ZONES } from './quiet'

interface Line {
  id: string
  title: string
  when: string
  due: string
  page: string
  unread: boolean
}

const THANKS: Record<string, string> = {
  accepted: '好的,到期前给您发一条微信提醒。',
  refused: '好的,不发。要办的事在这里和“今日”里都能看到。',
  off: '微信里关掉了本小程序的提醒。请点右上角“…”→ 设置 → 通知管理里打开。',
  unavailable: '微信现在没有弹出询问,请稍后再点一次。',
}

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    lines: [] as Line[],
    unread: 0,
    next: '',
    busy: false,
    grants: '',
    why: '',
    mayAsk: false,
    answer: '',
    quiet: null as api.Reminders | null,
    quietWords: '',
    editing: false,
    from: '',
    until: '',
    zone: '',
    zones: ZONES,
    zoneAt: 0,
    ladders: [] as account.Ladder[],
    laddersOpen: false,
  },
  methods: {
    onShow() {
      this.setData({ answer: '' })
      void this.load()
      void this.prepareAsking()
      void this.loadQuiet()
    },
    async load() {
      await load(
        this,
        'notices',
        () => api.notices(),
        ({ notices, next }) => {
          ;(this as unknown as { notices: api.Notice[] }).notices = notices
          this.show(notices, next)
        },
      )
    },
    show(notices: api.Notice[], next: string | undefined) {
      const today = dayAt(now())
      const lines = notices.map((notice) => ({
        id: notice.id,
        title: notice.title,
        when: momentLabel(instant(notice.created_at), now()),
        due: notice.due_on ? untilWords(notice.due_on, today) : '',
        page: notice.page,
        unread: notice.unread,
      }))
      this.setData({ lines, unread: lines.filter((line) => line.unread).length, next: next ?? '' })
    },
    async more() {
      if (this.data.busy) return
      this.setData({ busy: true })
      try {
        const { notices, next } = await api.notices(this.data.next)
        const all = [...(this as unknown as { notices: api.Notice[] }).notices, ...notices]
        ;(this as unknown as { notices: api.Notice[] }).notices = all
        this.show(all, next)
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ busy: false })
      }
    },

    open(event: WechatMiniprogram.TouchEvent) {
      const line = this.data.lines[Number(event.currentTarget.dataset['at'])]
      if (!line) return
      if (line.unread) void this.read([line.id])
      go(...target(line.page))
    },
    readAll() {
      void this.read(this.data.lines.filter((line) => line.unread).map((line) => line.id))
    },
    /** A mark for oneself: nobody counts who has read what. */
    async read(ids: string[]) {
      const held = this as unknown as { notices: api.Notice[] }
      held.notices = held.notices.map((notice) => (ids.indexOf(notice.id) >= 0 ? { ...notice, unread: false } : notice))
      this.show(held.notices, this.data.next || undefined)
      await api.readNotices(ids).catch(() => undefined)
    },

    async prepareAsking() {
      const known = await prepare()
      this.setData({
        grants: known.templateId ? known.words : '',
        why: known.templateId ? why() : '镇里还没有开通微信提醒。要办的事请看下面和“今日”。',
        mayAsk: known.templateId !== null && !known.switchedOff && known.always === null,
      })
    },
    /** WeChat opens its question only in the tap itself: nothing is awaited before. */
    askOnce() {
      void ask().then(async (answer) => {
        this.setData({ answer: THANKS[answer] ?? '' })
        await this.prepareAsking()
      })
    },

    async loadQuiet() {
      await load(quietly, 'reminders', api.reminders, (quiet) => this.setData({ quiet, quietWords: quietWords(quiet) }))
      await load(quietly, 'ladders', account.ladders, (ladders) => this.setData({ ladders: ladders ?? [] }))
    },
    edit() {
      const { quiet } = this.data
      if (!quiet) return
      const zones = ZONES.some((zone) => zone.id === quiet.zone)
        ? ZONES
        : [...ZONES, { id: quiet.zone, name: zoneWords(quiet.zone) }]
      this.setData({
        editing: true,
        from: quiet.quiet_from,
        until: quiet.quiet_until,
        zone: quiet.zone,
        zones,
        zoneAt: zones.findIndex((zone) => zone.id === quiet.zone),
      })
    },
    cancelEdit() {
      this.setData({ editing: false })
    },
    pickFrom({ detail }: WechatMiniprogram.PickerChange) {
      this.setData({ from: String(detail.value) })
    },
    pickUntil({ detail }: WechatMiniprogram.PickerChange) {
      this.setData({ until: String(detail.value) })
    },
    pickZone({ detail }: WechatMiniprogram.PickerChange) {
      const zoneAt = Number(detail.value)
      this.setData({ zoneAt, zone: this.data.zones[zoneAt]?.id ?? this.data.zone })
    },
    usual() {
      this.setData(QUIET)
    },
    async saveQuiet() {
      const { from, until, zone } = this.data
      this.setData({ busy: true })
      try {
        const quiet = await account.setReminders({ zone, quiet_from: from, quiet_until: until })
        this.setData({ quiet, quietWords: quietWords(quiet), editing: false })
        toast('已保存')
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ busy: false })
      }
    },
    toQuiet() {
      scrollTo('#quiet')
    },
    toggleLadders() {
      this.setData({ laddersOpen: !this.data.laddersOpen })
    },
  },
})

/** As reminders carry it: `pages/duty/index?id=…`. */
function target(page: string): [path: string, query: Record<string, string>] {
  const [path = '', query = ''] = page.split('?')
  const pairs = query.split('&').filter((pair) => pair !== '')
  return [
    `/${path}`,
    Object.fromEntries(pairs.map((pair) => pair.split('=').map(decodeURIComponent) as [string, string])),
  ]
}

function quietWords({ quiet_from: from, quiet_until: until, zone }: api.Reminders): string {
  if (from === until) return '没有设免打扰时间,随时可能收到微信提醒。'
  const next = from > until ? '第二天 ' : ''
  return `${from} 到${next ? '' : ' '}${next}${until} 不发微信提醒(${zoneWords(zone)})。`
}
