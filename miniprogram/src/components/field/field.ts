// A question with a place to write: label, the words, what is wrong with them. Typing, pasting, and the keyboard's own
// microphone all do.

Component({
  properties: {
    label: { type: String, value: '' },
    value: { type: String, value: '' },
    placeholder: { type: String, value: '' },
    hint: { type: String, value: '' },
    error: { type: String, value: '' },
    /** Several lines, growing with the words. */
    lines: { type: Boolean, value: false },
    /** Says that one may speak instead of typing. */
    voice: { type: Boolean, value: false },
    /** `text` or `number`. */
    type: { type: String, value: 'text' },
    /** Characters; beyond it the page says so instead of cutting words off. */
    maxlength: { type: Number, value: -1 },
    disabled: { type: Boolean, value: false },
  },
  methods: {
    typed({ detail }: WechatMiniprogram.Input) {
      this.triggerEvent('change', { value: detail.value })
    },
    left({ detail }: WechatMiniprogram.InputBlur) {
      this.triggerEvent('done', { value: detail.value })
    },
  },
})
