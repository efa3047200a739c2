// The bar below a form: one button that hands it in; in 大字 from question to question, and the last one hands it in.

Component({
  properties: {
    large: { type: Boolean, value: false },
    step: { type: Number, value: 0 },
    count: { type: Number, value: 1 },
    label: { type: String, value: '提交' },
    busy: { type: Boolean, value: false },
    /** A line above the button: what is still missing. */
    words: { type: String, value: '' },
  },
  methods: {
    submit() {
      this.triggerEvent('submit')
    },
    next() {
      this.triggerEvent('next')
    },
    previous() {
      this.triggerEvent('previous')
    },
  },
})
