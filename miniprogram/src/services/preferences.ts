// How this person likes the pages, and how much to send. Kept on the phone.

import { keep, recall } from './storage'

export interface Preferences {
  /** 大字; null: as the phone's own text size suggests. */
  large: boolean | null
  /** Body text in 大字, in px: 18 … 30. */
  size: number
  /** Photos as the camera made them, over Wi-Fi. */
  fullPhotos: boolean
}

const KEY = 'preferences'
const DEFAULTS: Preferences = { large: null, size: 20, fullPhotos: false }
/** From this scale of the phone's own text on, 大字 is on by itself. */
const LARGE_FROM = 1.3

const listeners = new Set<() => void>()

export function preferences(): Preferences {
  return { ...DEFAULTS, ...recall<Partial<Preferences>>(KEY) }
}

export function setPreferences(fresh: Partial<Preferences>): void {
  const next = { ...preferences(), ...fresh }
  keep(KEY, { ...next, size: Math.min(30, Math.max(18, Math.round(next.size))) })
  for (const listener of [...listeners]) listener()
}

export function onPreferences(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What a page's root needs: its class and the factor all sizes are multiplied with. */
export function look(): { large: boolean; pageClass: string; scale: number } {
  const { large: wished, size } = preferences()
  const system = systemScale()
  const large = wished ?? system >= LARGE_FROM
  // Base text is 16 px; 大字 sets it outright, otherwise the phone's own text size is followed.
  const scale = large ? Math.max(size / 16, Math.min(system, 30 / 16)) : Math.min(Math.max(system, 1), 1.75)
  return { large, pageClass: large ? 'large' : '', scale: Math.round(scale * 1000) / 1000 }
}

function systemScale(): number {
  try {
    return wx.getAppBaseInfo().fontSizeScaleFactor ?? 1
  } catch {
    return 1
  }
}
