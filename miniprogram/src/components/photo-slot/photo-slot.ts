// A place for one photo: empty, taken, on its way, arrived, or not to be used; each said in words. Without a picture a
// tap opens the camera; the album is a button beside it.

import { take } from '../../services/camera'
import { toast, view } from '../../services/screen'

/** What a page passes for the photo that is there. */
export interface SlotPhoto {
  id: string
  /** A file or an address; empty while there is nothing to show yet. */
  src: string
  /** Shown when tapped, where that is another one. */
  large?: string
  state: 'drawing' | 'saved' | 'uploading' | 'received' | 'failed'
  /** 已存手机 …; a sentence where it failed. */
  words: string
}

Component({
  properties: {
    label: { type: String, value: '' },
    /** What to take a picture of. */
    hint: { type: String, value: '' },
    /** `null`: none yet. */
    photo: { type: Object, value: null as unknown as object },
    /** Nothing to be changed here. */
    fixed: { type: Boolean, value: false },
    album: { type: Boolean, value: true },
  },
  data: { lost: false },
  observers: {
    photo() {
      this.setData({ lost: false })
    },
  },
  methods: {
    /** A picture of the town that cannot be fetched now; its state still stands below. */
    lose() {
      this.setData({ lost: true })
    },
    camera() {
      void this.choose('camera')
    },
    fromAlbum() {
      void this.choose('album')
    },
    async choose(source: 'camera' | 'album') {
      try {
        const taken = await take(source)
        const old = this.data.photo as SlotPhoto | null
        if (taken) this.triggerEvent('taken', { ...taken, replaces: old?.id ?? '' })
      } catch (error) {
        toast((error as Error).message)
      }
    },
    look() {
      const photo = this.data.photo as SlotPhoto | null
      if (photo?.src) view(photo.large ?? photo.src)
    },
    remove() {
      const photo = this.data.photo as SlotPhoto | null
      if (photo) this.triggerEvent('remove', { id: photo.id })
    },
  },
})
