// Where one is in a form that shows one question per screen (大字). Says nothing where all is on one page.

Component({
  properties: {
    large: { type: Boolean, value: false },
    /** From 0. */
    step: { type: Number, value: 0 },
    count: { type: Number, value: 1 },
  },
})
