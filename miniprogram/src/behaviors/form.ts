// What every form has in common: it is a draft that is kept at every change, its photos are the draft's, in 大字 it is
// asked question by question, and handing it in makes it an item of the outbox.
// Use after the page behaviour: `Component({ behaviors: [page, form], … })`; the page calls `begin` and has `submit`.

import { drafts, enqueue } from '../outbox/index'
import type { Form } from '../outbox/index'
import { scrollTo, scrollToTop, toast } from '../services/screen'
import { pictureUrl } from '../services/http'
import { current } from '../services/session'
import type { Owner } from '../outbox/store'
import type { Problem } from '../utils/forms'
import type { RecordView } from '../services/api'
import type { Standing } from '../components/as-it-stands/as-it-stands'
import type { SlotPhoto } from '../components/photo-slot/photo-slot'
import { factsOf } from '../utils/facts'
import { slotWords } from '../utils/words'

/** Which questions are on which screen in 大字, by field, and what is wrong with the answers. */
export interface Questions {
  fields: string[][]
  problems: () => Problem[]
}

interface Filling {
  owner?: Owner
  draftName?: string
  questions?: Questions
  stopFilling?: (() => void) | undefined
  /** Pictures the town has, by hash. */
  townPictures?: Record<string, { display: string; thumb: string }>
}

export const form = Behavior({
  data: {
    step: 0,
    steps: 1,
    /** The first field of the question asked now. */
    asking: '',
    busy: false,
    /** By field. */
    problems: {} as Record<string, string>,
    /** What is to be put right first. */
    barWords: '',
    /** By slot. */
    photos: {} as Record<string, SlotPhoto[]>,
    /** What stands at the town, where somebody else was faster. */
    standing: null as null | Standing,
    /** The item this form has become. */
    handedIn: '',
  },
  lifetimes: {
    detached() {
      ;(this as Filling).stopFilling?.()
    },
  },
  methods: {
    /** Opens the draft of this name, as it was left, or a new one; null where nobody is logged in. */
    begin(name: string, begin: drafts.Begin, questions: Questions): drafts.Draft | null {
      const me = current()
      if (!me) return null
      const filling = this as Filling
      filling.stopFilling?.()
      filling.owner = { townId: me.townId, personId: me.personId }
      filling.draftName = name
      filling.questions = questions
      // A form that was only looked at follows what stands at the town now.
      const left = drafts.peek(filling.owner, name)
      if (left && begin.baseVersion && left.baseVersion !== begin.baseVersion && isUntouched(left)) {
        void drafts.discard(filling.owner, name)
      }
      const draft = drafts.open(filling.owner, name, begin)
      filling.stopFilling = drafts.onPhoto((changed) => {
        if (changed.name === filling.draftName && changed.personId === me.personId) this.showPhotos(changed)
      })
      this.setData({ steps: questions.fields.length, handedIn: '' })
      this.toStep(0)
      this.showPhotos(draft)
      return draft
    },

    /** Whether nothing has been filled in yet, so that the form may be begun anew. */
    isUntouched(): boolean {
      const { owner, draftName } = this as Filling
      const draft = owner && draftName ? drafts.peek(owner, draftName) : null
      return draft !== null && isUntouched(draft)
    },

    /** Where the form is to be compared with what somebody else has made of the record: shows that beside it. */
    compare(view: RecordView | undefined) {
      const { owner, draftName } = this as Filling
      const draft = owner && draftName ? drafts.peek(owner, draftName) : null
      if (!view || !draft?.replaces) return
      const photos = view.photos.map(({ slot, links }) => ({
        slot: slotWords(slot),
        thumb: links ? pictureUrl(links.thumb) : '',
        large: links ? pictureUrl(links.display) : '',
      }))
      this.setData({ standing: { facts: factsOf(view.kind, view.facts), photos } })
    },

    toStep(wished: number) {
      const { questions } = this as Filling
      const step = Math.min(Math.max(0, wished), this.data.steps - 1)
      this.setData({ step, asking: questions?.fields[step]?.[0] ?? '', problems: {}, barWords: '' })
    },

    /** Other questions than at first; `at` is the field to go on with. */
    askInstead(fields: string[][], at: string) {
      const { questions } = this as Filling
      if (!questions) return
      questions.fields = fields
      this.setData({ steps: fields.length })
      this.toStep(fields.findIndex((some) => some.indexOf(at) >= 0))
    },

    /** Keeps what is filled in; a full storage is said once and loses nothing that is on the screen. */
    keep(content: Form, byHand = true) {
      const { owner, draftName } = this as Filling
      if (!owner || !draftName || this.data.handedIn) return
      try {
        drafts.save(owner, draftName, content, byHand)
      } catch (error) {
        this.setData({ barWords: (error as Error).message })
      }
      if (Object.keys(this.data.problems).length > 0) this.checkAgain()
    },

    async photoTaken(event: WechatMiniprogram.CustomEvent) {
      const { owner, draftName } = this as Filling
      const slot = String(event.currentTarget.dataset['slot'])
      const { temp, bytes, source, replaces } = event.detail as {
        temp: string
        bytes: number
        source: 'camera' | 'album'
        replaces: string
      }
      if (!owner || !draftName) return false
      try {
        await drafts.addPhoto(owner, draftName, { slot, temp, bytes, source })
        // The old one goes when the new one is safe.
        if (replaces) await drafts.removePhoto(owner, draftName, replaces)
      } catch (error) {
        this.setData({ barWords: (error as Error).message })
        return false
      } finally {
        const draft = drafts.peek(owner, draftName)
        if (draft) this.showPhotos(draft)
      }
      this.checkAgain()
      return true
    },

    async photoRemoved(event: WechatMiniprogram.CustomEvent) {
      const { owner, draftName } = this as Filling
      if (!owner || !draftName) return
      await drafts.removePhoto(owner, draftName, (event.detail as { id: string }).id)
      const draft = drafts.peek(owner, draftName)
      if (draft) this.showPhotos(draft)
    },

    showPhotos(draft: drafts.Draft) {
      const { townPictures = {} } = this as Filling
      const photos: Record<string, SlotPhoto[]> = {}
      for (const photo of draft.photos) (photos[photo.slot] ??= []).push(slotPhoto(photo, townPictures[photo.hash]))
      this.setData({ photos })
    },

    /** Pictures of an earlier version, for showing. */
    setTownPictures(list: { hash: string; links?: { display: string; thumb: string } }[]) {
      const known: Filling['townPictures'] = {}
      for (const { hash, links } of list) if (links) known[hash] = links
      ;(this as Filling).townPictures = known
    },

    countOf(slot: string): number {
      return this.data.photos[slot]?.length ?? 0
    },

    /** What has been put right no longer stands in red. */
    checkAgain() {
      const { questions } = this as Filling
      if (!questions) return
      const wrong = byField(questions.problems())
      const problems: Record<string, string> = {}
      for (const field of Object.keys(this.data.problems)) {
        const message = wrong[field]
        if (message) problems[field] = message
      }
      const [first] = Object.values(problems)
      this.setData({ problems, barWords: first ?? '' })
    },

    nextStep() {
      const { questions } = this as Filling
      const { step } = this.data
      const here = questions?.fields[step] ?? []
      const wrong = (questions?.problems() ?? []).filter((problem) => here.indexOf(problem.field) >= 0)
      if (wrong.length > 0) {
        this.setData({ problems: byField(wrong), barWords: wrong[0]?.message ?? '' })
        return
      }
      this.toStep(step + 1)
      scrollToTop()
    },

    previousStep() {
      this.toStep(this.data.step - 1)
      scrollToTop()
    },

    /** Into the outbox, or to what is to be put right first. */
    async handIn(title: string): Promise<boolean> {
      const { questions, draftName } = this as Filling
      if (!draftName || this.data.busy || this.data.handedIn) return false
      const wrong = questions?.problems() ?? []
      const [first] = wrong
      if (first) {
        const step = questions?.fields.findIndex((fields) => fields.indexOf(first.field) >= 0) ?? 0
        this.toStep(step)
        this.setData({ problems: byField(wrong), barWords: first.message })
        scrollTo(`#f-${first.field}`)
        return false
      }
      this.setData({ busy: true, barWords: '' })
      try {
        const item = await enqueue(draftName, title)
        this.setData({ handedIn: item.versionId })
        scrollToTop()
        return true
      } catch (error) {
        this.setData({ barWords: (error as Error).message })
        return false
      } finally {
        this.setData({ busy: false })
      }
    },

    /** Throws the draft away; ask first. */
    async throwAway() {
      const { owner, draftName } = this as Filling
      if (!owner || !draftName) return
      await drafts.discard(owner, draftName)
      toast('已删除这份草稿。')
    },
  },
})

function isUntouched({ replaces, openedAt, updatedAt }: drafts.Draft): boolean {
  return !replaces && updatedAt <= openedAt
}

function byField(problems: Problem[]): Record<string, string> {
  const map: Record<string, string> = {}
  for (const { field, message } of problems) map[field] ??= message
  return map
}

function slotPhoto(photo: drafts.DraftPhoto, town?: { display: string; thumb: string }): SlotPhoto {
  const { id } = photo
  if (photo.town) {
    const known = town ? { src: pictureUrl(town.thumb), large: pictureUrl(town.display) } : { src: '' }
    return { id, ...known, state: 'received', words: '镇里已收到' }
  }
  switch (photo.state) {
    case 'raw':
      return { id, src: photo.raw ?? '', state: 'drawing', words: '已存手机' }
    case 'failed':
      return { id, src: '', state: 'failed', words: photo.error ?? '这张照片用不了,请重拍。' }
    case 'saved':
      return { id, src: photo.path, state: 'saved', words: '已存手机' }
  }
}
