// Nothing here, and why that is all right or what to do.

Component({
  properties: {
    title: { type: String, value: '' },
    words: { type: String, value: '' },
    /** All is done: a tick says so. */
    done: { type: Boolean, value: true },
  },
})
