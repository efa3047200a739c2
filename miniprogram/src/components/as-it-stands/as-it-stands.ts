// What the town has of a record that somebody else has changed meanwhile: beside the form, to be compared with.

import { view } from '../../services/screen'

/** What a page passes; null: nobody has. */
export interface Standing {
  facts: { label: string; value: string }[]
  photos: { slot: string; thumb: string; large: string }[]
}

Component({
  properties: {
    standing: { type: Object, value: null as unknown as object },
  },
  methods: {
    look(event: WechatMiniprogram.TouchEvent) {
      const { photos } = this.data.standing as Standing
      const large = photos[Number(event.currentTarget.dataset['at'])]?.large
      if (large) view(large)
    },
  },
})
