// The button people look for. One `primary` per screen, in the bar at the bottom.

Component({
  properties: {
    label: { type: String, value: '' },
    /** `primary`, `plain`, or `quiet` for what is rarely wanted. */
    kind: { type: String, value: 'primary' },
    disabled: { type: Boolean, value: false },
    /** Busy: shown as pressed, and not pressed twice. */
    busy: { type: Boolean, value: false },
    /** What a screen reader says where the label alone is not enough. */
    aria: { type: String, value: '' },
  },
  methods: {
    press() {
      // In the tap itself: WeChat opens its question about reminders only then.
      if (!this.data.disabled && !this.data.busy) this.triggerEvent('press')
    },
  },
})
