// It did not work, in a sentence, with the way on.

Component({
  properties: {
    message: { type: String, value: '' },
    label: { type: String, value: '再试一次' },
  },
  methods: {
    retry() {
      this.triggerEvent('retry')
    },
  },
})
