// One line of a list, the whole of it to be tapped.

Component({
  options: { multipleSlots: true },
  properties: {
    title: { type: String, value: '' },
    note: { type: String, value: '' },
    /** At the right end: a count, a day. */
    value: { type: String, value: '' },
    /** A little picture before the words. */
    picture: { type: String, value: '' },
    /** Whether a tap leads somewhere. */
    arrow: { type: Boolean, value: true },
    aria: { type: String, value: '' },
  },
  /** The picture did not come: no network, or its link has run out. */
  data: { lost: false },
  observers: {
    picture() {
      this.setData({ lost: false })
    },
  },
  methods: {
    lose() {
      this.setData({ lost: true })
    },
    press() {
      if (this.data.arrow) this.triggerEvent('press')
    },
  },
})
