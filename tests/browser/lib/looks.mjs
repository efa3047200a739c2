// How a person may have set up the letters, and what must then hold on every page.
import { audit } from './audit.mjs'

const WIDTHS = [375, 320]
const HEIGHT = 812
const LEAST = { target: 44, text: 14 }
const LEAST_LARGE = { target: 60, text: 18 }

export const NORMAL = { width: 375, large: false, scale: 1 }
export const LARGE = { width: 375, large: true, scale: 1, size: 20 }

/** The phone's own scale; in 大字 the size chosen there counts where it is larger: the usual one and the largest. */
const LETTERS = [
  { large: false, scale: 1 },
  { large: false, scale: 1.25 },
  { large: false, scale: 1.75 },
  { large: true, scale: 1, size: 20 },
  { large: true, scale: 1.75, size: 30 },
]
export const LOOKS = WIDTHS.flatMap((width) => LETTERS.map((letters) => ({ width, ...letters })))
/** The steepest cases, for pages that differ little from others. */
export const EXTREMES = LOOKS.filter(({ width, scale }) => width === 320 && scale === 1.75)

export const lookWords = ({ width, large, scale }) => `${width} px, ${large ? '大字' : 'normal'}, scale ${scale}`

/** Sets the phone so, on the page in front, as when its owner comes back from the settings. What is drawn is drawn at once. */
export async function wear(phone, { width, large, scale, size = 20 }) {
  if (phone.page.viewportSize().width !== width) await phone.page.setViewportSize({ width, height: HEIGHT })
  await phone.page.evaluate(
    ([wished, px, system]) => {
      globalThis.__host.levers.fontScale = system
      const kept = globalThis.wx.getStorageSync('preferences') || {}
      globalThis.wx.setStorageSync('preferences', { ...kept, large: wished, size: px })
      for (const { page } of globalThis.__host.stack) page.refreshLook()
    },
    [large, size, scale],
  )
}

/** Until what was set is on the screen. */
export const drawn = (phone) =>
  phone.page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  )

/** Findings on the page in front, as sentences. */
export async function findings(phone, look) {
  const found = await phone.page.evaluate(audit, look.large ? LEAST_LARGE : LEAST)
  return found.map(({ rule, where, what }) => `${rule}: ${where} ${what} (${lookWords(look)})`)
}
