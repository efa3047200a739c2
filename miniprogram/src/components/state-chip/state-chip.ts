// A state in a word, with a sign of its own: never told by colour alone.

Component({
  properties: {
    words: { type: String, value: '' },
    /** `due`, `late`, `back`, `wait`, `done`, or `off`. */
    tone: { type: String, value: 'due' },
  },
})
