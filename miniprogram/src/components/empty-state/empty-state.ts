// Nothing here, and why that is all right or what to do.

Component({
  properties: {
    title: { type: String, value: '' },
    words: { type: String, value: '' },
  },
})
