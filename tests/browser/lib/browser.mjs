// The system's Chromium, quiet and alone.
import fs from 'node:fs'
import { chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser with a profile of its own; every context in it is a phone of its own. */
export function launchBrowser() {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((place) => fs.existsSync(place))
  if (!executablePath) throw new Error('Chromium is missing; install the package chromium or set CHROMIUM')
  return chromium.launch({ executablePath, args: QUIET, headless: true })
}

export const SCREEN = { viewport: { width: 375, height: 812 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

/** JPEGs that look like photos to a codec: colours, edges and noise. Same seed, same picture. */
export async function makeJpeg(browser, { width = 1600, height = 1200, seed = 1, quality = 0.9 } = {}) {
  const page = await browser.newPage()
  try {
    const base64 = await page.evaluate(
      async ([w, h, start, q]) => {
        const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h })
        const context = canvas.getContext('2d')
        let state = start * 2654435761
        const random = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32
        for (let i = 0; i < 400; i += 1) {
          context.fillStyle = `hsl(${random() * 360} 60% ${20 + random() * 60}%)`
          context.fillRect(random() * w, random() * h, (random() * w) / 4, (random() * h) / 4)
        }
        const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', q))
        const bytes = new Uint8Array(await blob.arrayBuffer())
        return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
      },
      [width, height, seed, quality],
    )
    return Buffer.from(base64, 'base64')
  } finally {
    await page.close()
  }
}
