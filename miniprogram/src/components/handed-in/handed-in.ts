// After a form has been handed in: how far it has come, now and as it goes on; whether one more reminder is wanted; and
// the ways on.

import { find, onChange, words } from '../../outbox/index'
import { ask, mayAsk, prepare, why } from '../../services/subscribe'
import { go, toast } from '../../services/screen'

interface Watching {
  stop?: () => void
  /** How many photos went with it: what has been received no longer names them. */
  photos?: number
}

Component({
  properties: {
    /** The outbox's name of it. */
    version: { type: String, value: '' },
    /** What is likely to be done next: 再登记一块. Empty: nothing. */
    again: { type: String, value: '' },
  },
  data: { heading: '', state: '', tone: 'wait', title: '', detail: '', photos: '', mayAsk: false, why: '', asked: '' },
  lifetimes: {
    attached() {
      this.refresh()
      ;(this as Watching).stop = onChange(() => this.refresh())
      void prepare().then(() => this.setData({ mayAsk: mayAsk(), why: why() }))
    },
    detached() {
      ;(this as Watching).stop?.()
    },
  },
  observers: {
    version() {
      ;(this as Watching).photos = 0
      this.refresh()
    },
  },
  methods: {
    refresh() {
      const item = this.data.version ? find(this.data.version) : undefined
      if (!item) return
      const watching = this as Watching
      const total = item.photos.length || (watching.photos ?? 0)
      watching.photos = total
      const received = item.state === 'received'
      const arrived = received ? total : item.photos.filter((photo) => photo.state === 'uploaded').length
      this.setData({
        title: item.title,
        heading: received ? '交好了' : item.state === 'refused' ? '还要您处理' : '填好了,存在手机里',
        state: words.stateWords(item),
        tone: received ? 'done' : item.state === 'refused' ? 'back' : 'wait',
        detail: words.detailWords(item) || (item.state === 'waiting' ? '有网时自动上传,可以放心离开。' : ''),
        photos: total > 0 ? `照片 ${total} 张,镇里已收到 ${arrived} 张` : '',
      })
    },
    remind() {
      void ask().then((answer) => {
        const said: Record<string, string> = {
          accepted: '好的,到期前会在微信里提醒您。',
          refused: '好的,不提醒。需要时可以在“提醒”里打开。',
          off: '您在微信里关掉了提醒,可在“提醒”页看怎么打开。',
        }
        this.setData({ mayAsk: false, asked: said[answer] ?? '' })
        if (answer === 'unavailable') toast('现在没能打开提醒,下次再试。')
      })
    },
    more() {
      this.triggerEvent('again')
    },
    outbox() {
      go('/pages/outbox/index')
    },
  },
})
