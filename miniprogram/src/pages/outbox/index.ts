// What lies on this phone and is on its way: every item with its photos, and what can be done about a refused one.

import { page } from '../../behaviors/page'
import { discard, drafts, hurry, list, onChange, others, retry, room, words, type OutboxItem } from '../../outbox/index'
import { now } from '../../services/clock'
import { confirm, go, view } from '../../services/screen'
import { current } from '../../services/session'
import { instant, momentLabel } from '../../utils/dates'
import { kindWords, recordKind, slotWords } from '../../utils/words'
import { formOf } from './forms'

interface Line {
  versionId: string
  title: string
  when: string
  state: string
  tone: string
  detail: string
  refused: boolean
  /** The refused one can be changed here. */
  change: string
  /** The record can be looked at. */
  open: string
  photos: { src: string; slot: string; state: string }[]
}

interface DraftLine {
  name: string
  title: string
  when: string
}

const TONES: Record<OutboxItem['state'], string> = {
  waiting: 'wait',
  sending: 'wait',
  received: 'done',
  refused: 'back',
}
/** Received ones stay to be seen for a while. */
const SHOWN_RECEIVED = 10

Component({
  behaviors: [page],
  data: {
    lines: [] as Line[],
    received: [] as Line[],
    drafts: [] as DraftLine[],
    room: '',
    elsewhere: '',
    waiting: 0,
    busy: false,
  },
  lifetimes: {
    attached() {
      ;(this as unknown as { stopItems?: () => void }).stopItems = onChange(() => this.show())
    },
    detached() {
      ;(this as unknown as { stopItems?: () => void }).stopItems?.()
    },
  },
  methods: {
    onShow() {
      this.show()
      void room().then(({ words }) => this.setData({ room: words }))
    },
    show() {
      const me = current()
      const items = list()
      const lines = items.filter((item) => item.state !== 'received').map(lineOf)
      const received = items.filter((item) => item.state === 'received')
      const { otherPersons, newer } = others()
      this.setData({
        lines,
        received: received.slice(-SHOWN_RECEIVED).reverse().map(lineOf),
        drafts: me ? drafts.list(me).map(draftOf) : [],
        waiting: lines.filter((line) => !line.refused).length,
        elsewhere: [
          otherPersons > 0 ? `这部手机里还有别人填的 ${otherPersons} 项,等他登录后再上传。` : '',
          newer > 0 ? words.NEWER : '',
        ]
          .filter((sentence) => sentence !== '')
          .join(''),
      })
    },
    async send() {
      if (this.data.busy) return
      this.setData({ busy: true })
      await hurry()
      this.setData({ busy: false })
    },
    again(event: WechatMiniprogram.TouchEvent) {
      const item = itemOf(event)
      if (item) retry(item)
    },
    change(event: WechatMiniprogram.TouchEvent) {
      const item = itemOf(event)
      if (!item) return
      const draft = drafts.reopen(item)
      go(...formOf(draft, words.wayOut(item)?.action === 'compare' ? item.id : undefined))
    },
    async giveUp(event: WechatMiniprogram.TouchEvent) {
      const item = itemOf(event)
      if (!item) return
      const photos = item.photos.length > 0 ? `和 ${item.photos.length} 张照片` : ''
      const kept = item.kept ? '镇里已收到的部分不受影响。' : '镇里还没有收到,放弃后就找不回来了。'
      if (
        !(await confirm('放弃这一项?', `“${item.title}”所填的内容${photos}会从手机里删除。${kept}`, '放弃', '不放弃'))
      )
        return
      const sure = await confirm('真的放弃吗?', '删除后不能恢复。', '删除', '留着')
      if (sure) await discard(item)
    },
    look(event: WechatMiniprogram.TouchEvent) {
      const src = String(event.currentTarget.dataset['src'] ?? '')
      if (src) view(src)
    },
    open(event: WechatMiniprogram.TouchEvent) {
      go('/pages/record/index', { id: String(event.currentTarget.dataset['id']) })
    },
    continue(event: WechatMiniprogram.TouchEvent) {
      const me = current()
      const draft = me && drafts.peek(me, String(event.currentTarget.dataset['name']))
      if (draft) go(...formOf(draft))
    },
    async dropDraft(event: WechatMiniprogram.TouchEvent) {
      const me = current()
      const name = String(event.currentTarget.dataset['name'])
      if (!me || !(await confirm('不要这份了?', '没有提交的内容和照片会从手机里删除,不能恢复。', '不要了', '留着')))
        return
      await drafts.discard(me, name)
      this.show()
    },
  },
})

function itemOf(event: WechatMiniprogram.TouchEvent): OutboxItem | undefined {
  const id = String(event.currentTarget.dataset['version'])
  return list().find((item) => item.versionId === id)
}

function lineOf(item: OutboxItem): Line {
  return {
    versionId: item.versionId,
    title: item.title,
    when: when(item.createdAt),
    state: words.stateWords(item),
    tone: TONES[item.state],
    detail: words.detailWords(item),
    refused: item.state === 'refused',
    change: words.wayOut(item)?.label ?? '',
    open: item.kept && item.kind !== 'feedback' ? item.id : '',
    photos: item.photos.map((photo) => ({
      src: photo.path,
      slot: slotWords(photo.slot),
      state: words.photoWords(photo),
    })),
  }
}

function draftOf({ name, kind, updatedAt }: drafts.Draft): DraftLine {
  return { name, title: kindWords(recordKind(kind)), when: when(updatedAt) }
}

/** By the phone's clock, as it was written down. */
function when(stamp: string): string {
  const at = instant(stamp)
  return Number.isFinite(at) ? momentLabel(at, now()) : ''
}
