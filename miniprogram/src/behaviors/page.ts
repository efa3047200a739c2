// What every page has in common: its text size, the line about the network, and that looking at a page sends what waits.
// Use: `Component({ behaviors: [page], … })`, root `<view class="page {{pageClass}}" style="{{pageStyle}}">`.

import { askWho } from '../services/arrive'
import { banner, onChange } from '../services/network'
import { look, onPreferences } from '../services/preferences'
import { isWrong, onChange as onClock } from '../services/clock'
import { tell } from '../services/subscribe'
import { hurry, list, onChange as onOutbox, words } from '../outbox/index'

interface Watching {
  /** Ends the subscriptions of this page. */
  stopWatching?: (() => void) | undefined
}

export const page = Behavior({
  data: {
    large: false,
    pageClass: '',
    /** `--scale` for all sizes. */
    pageStyle: '--scale: 1',
    /** Empty while the network is well. */
    networkBanner: '',
    /** The phone's clock is days off: said, never held against anybody. */
    clockBanner: '',
    /** 2 项等待上传; empty while nothing waits. */
    outboxSummary: '',
  },
  lifetimes: {
    attached() {
      this.refreshLook()
      this.refreshBanners()
      const stops = [
        onChange(() => this.refreshBanners()),
        onPreferences(() => this.refreshLook()),
        onOutbox(() => this.refreshBanners()),
        onClock(() => this.refreshBanners()),
      ]
      ;(this as Watching).stopWatching = () => stops.forEach((stop) => stop())
    },
    detached() {
      ;(this as Watching).stopWatching?.()
    },
  },
  pageLifetimes: {
    show() {
      this.refreshLook()
      this.refreshBanners()
      askWho()
      void hurry()
      void tell()
    },
  },
  methods: {
    refreshLook() {
      const { large, pageClass, scale } = look()
      const pageStyle = `--scale: ${scale}`
      if (pageStyle !== this.data.pageStyle || pageClass !== this.data.pageClass) {
        this.setData({ large, pageClass, pageStyle })
      }
    },
    refreshBanners() {
      const fresh = {
        networkBanner: banner(),
        clockBanner: isWrong() ? '手机的日期时间不对,请在手机设置里改成“自动设置”;不影响镇里按收到时间计算。' : '',
        outboxSummary: words.summary(list()),
      }
      const { networkBanner, clockBanner, outboxSummary } = this.data
      if (
        fresh.networkBanner !== networkBanner ||
        fresh.clockBanner !== clockBanner ||
        fresh.outboxSummary !== outboxSummary
      ) {
        this.setData(fresh)
      }
    },
  },
})
