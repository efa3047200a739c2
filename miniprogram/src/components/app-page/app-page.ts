// The frame of every page: what is to be known about network and clock, the content, and the bar at the bottom.
// Slots: the content itself, and `bottom` for the one main button.

import { now } from '../../services/clock'
import { momentLabel } from '../../utils/dates'

Component({
  options: { multipleSlots: true },
  properties: {
    /** From the page behaviour. */
    network: { type: String, value: '' },
    clock: { type: String, value: '' },
    /** When what is shown was fetched (milliseconds), if it is not fresh; 0: fresh. */
    cachedAt: { type: Number, value: 0 },
    /** Nothing to show yet. */
    loading: { type: Boolean, value: false },
    /** Nothing to show, and why. */
    error: { type: String, value: '' },
    /** Whether the slot `bottom` is filled. */
    bottom: { type: Boolean, value: false },
  },
  data: { cachedWords: '' },
  observers: {
    cachedAt(at: number) {
      this.setData({ cachedWords: at > 0 ? `下面是 ${momentLabel(at, now())} 的内容。` : '' })
    },
  },
  methods: {
    retry() {
      this.triggerEvent('retry')
    },
  },
})
