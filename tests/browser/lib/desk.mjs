// A computer in the office: a browser window on 办公台, and what must hold of every page there at every width.
import assert from 'node:assert/strict'
import { ok } from './town.mjs'

/** The screens the office has, and the phone somebody may open it on. */
export const SIZES = [
  { width: 1366, height: 768 },
  { width: 375, height: 812 },
]

/** A window on the login page; anything the browser complains of fails [`close`]. */
export async function openDesk(world, viewport = SIZES[0]) {
  const context = await world.browser.newContext({ viewport })
  const page = await context.newPage()
  const complaints = []
  page.on('console', (line) => ['error', 'warning'].includes(line.type()) && complaints.push(line.text()))
  // A form that is refused is a page too; the browser notes its status as an error.
  const complaintsOf = () => complaints.filter((line) => !/status of (401|403|409|422) /.test(line))
  await page.goto(`${world.base}/console/`)
  return {
    page,
    /** The code on the screen, once asked for. */
    async code() {
      await page.getByRole('button', { name: '显示配对码' }).click()
      return page.locator('.code').textContent()
    },
    open: (path) => page.goto(`${world.base}${path}`),
    text: () => page.locator('body').innerText(),
    async close() {
      await context.close()
      assert.deepEqual(complaintsOf(), [])
    },
  }
}

/** A window at which this person is logged in, by the API's way of what a phone does. */
export async function deskOf(world, who, viewport) {
  const desk = await openDesk(world, viewport)
  await ok(world.api(who, 'POST', '/api/v1/me/desk', { code: await desk.code() }))
  await desk.page.waitForURL('**/console/')
  return desk
}

/** A window at which this person of the office is logged in by a one-time code; no phone is asked, so none is slowed down. */
export async function deskByCode(world, who, viewport) {
  const desk = await openDesk(world, viewport)
  const { person_id: id } = await ok(world.api(who, 'GET', '/api/v1/me'))
  const { code } = await ok(world.api('OFFICE', 'POST', `/api/v1/people/${id}/desk-code`))
  await desk.page.getByLabel('手机不在身边').fill(code)
  await desk.page.getByRole('button', { name: '登录', exact: true }).click()
  await desk.page.getByText('今天要办的').waitFor()
  return desk
}

/** What is wrong with the page in front, as sentences: read off its geometry and its styles. */
export const flaws = async (page) => {
  // Not before its style is there.
  await page.waitForLoadState('load')
  return page.evaluate(() => {
    const found = []
    const shown = (element) => element.getClientRects().length > 0
    if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than the window')
    for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
      const name = field.getAttribute('aria-label') || field.labels?.[0]?.textContent.trim()
      if (shown(field) && !name) found.push(`a field without a label: ${field.name}`)
    }
    for (const target of document.querySelectorAll('button, select, .button, nav a')) {
      const { height, width } = target.getBoundingClientRect()
      if (shown(target) && (height < 32 || width < 32))
        found.push(`small: ${target.textContent.trim()} ${width}×${height}`)
    }
    const channels = (colour) => colour.match(/[\d.]+/g).map(Number)
    const light = (colour) => {
      const [r, g, b] = channels(colour).map((v) =>
        v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
      )
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const ground = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor
        if ((channels(colour)[3] ?? 1) > 0) return colour
      }
      return 'rgb(255, 255, 255)'
    }
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (words.nextNode()) {
      const element = words.currentNode.parentElement
      if (!words.currentNode.data.trim() || !shown(element)) continue
      const { color, fontSize } = getComputedStyle(element)
      const [one, other] = [light(color), light(ground(element))].sort((a, b) => b - a)
      const contrast = (one + 0.05) / (other + 0.05)
      if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(1)}: ${words.currentNode.data.trim()}`)
      if (parseFloat(fontSize) < 14) found.push(`letters of ${fontSize}: ${words.currentNode.data.trim()}`)
    }
    return found
  })
}
