// One of several answers, or several of them, each a line large enough for a thumb.

export interface Option {
  value: string
  label: string
  note?: string
}

Component({
  properties: {
    label: { type: String, value: '' },
    hint: { type: String, value: '' },
    /** `Option[]` */
    options: { type: Array, value: [] as Option[] },
    /** The answer chosen; for `several`, see `values`. */
    value: { type: String, value: '' },
    values: { type: Array, value: [] as string[] },
    several: { type: Boolean, value: false },
    /** Side by side, for short answers. */
    inline: { type: Boolean, value: false },
    error: { type: String, value: '' },
  },
  data: { shown: [] as (Option & { chosen: boolean })[] },
  observers: {
    'options, value, values, several'() {
      const { options, value, values, several } = this.data
      const chosen = (one: string): boolean => (several ? values.indexOf(one) >= 0 : value === one)
      this.setData({ shown: options.map((option) => ({ ...option, chosen: chosen(option.value) })) })
    },
  },
  methods: {
    pick(event: WechatMiniprogram.TouchEvent) {
      const one = String(event.currentTarget.dataset['value'])
      const { values, several } = this.data
      if (!several) return this.triggerEvent('change', { value: one })
      const rest = values.filter((other) => other !== one)
      this.triggerEvent('change', { values: rest.length < values.length ? rest : [...values, one], value: one })
    },
  },
})
