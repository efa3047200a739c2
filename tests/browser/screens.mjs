// Takes the pictures of docs/screens: each visit that has a name, in normal letters and in 大字, and the preview.
//
//   node screens.mjs FOLDER     as `./dev screens` does it
import fs from 'node:fs'
import path from 'node:path'
import { LARGE, drawn, wear } from './lib/looks.mjs'
import { fewColours } from './lib/png.mjs'
import { deskOf, openDesk } from './lib/desk.mjs'
import { startRound } from './lib/round.mjs'
import { states } from './lib/town.mjs'
import { VISITS } from './lib/visits.mjs'
import { startWorld } from './lib/world.mjs'

const DESKTOP = { width: 1200, height: 950 }

const folder = path.resolve(process.argv[2])
fs.mkdirSync(folder, { recursive: true })
for (const old of fs.readdirSync(folder)) if (old.endsWith('.png')) fs.rmSync(path.join(folder, old))

const world = await startWorld()
async function take(page, name) {
  const picture = await page.screenshot({ animations: 'disabled', scale: 'css' })
  fs.writeFileSync(path.join(folder, `${name}.png`), fewColours(picture))
}
try {
  await takePreview()
  const round = await startRound(world)
  for (const visit of VISITS.filter(({ name }) => name)) {
    await round.visit(visit, async (phone) => {
      await take(phone.page, visit.name)
      await wear(phone, LARGE)
      if (visit.question !== undefined) await round.ask(phone, visit.question)
      await take(phone.page, `${visit.name}-large`)
    })
    console.log(visit.name)
  }
  // Last: it hands in what others are to find open.
  await takeConsole()
} finally {
  await world.close()
}

/** 办公台, as the office sees it. */
async function takeConsole() {
  const [waiting] = await states(world, 1)
  const login = await openDesk(world)
  await login.code()
  await take(login.page, 'console-login')
  await login.close()
  const desk = await deskOf(world, 'OFFICE')
  for (const [name, path] of [
    ['home', ''],
    ['review', 'review'],
    ['record', `records/${waiting}`],
    ['duties', 'duties'],
  ]) {
    await desk.open(`/console/${path}`)
    await take(desk.page, `console-${name}`)
  }
  await desk.close()
}

/** As somebody at a desk sees it. */
async function takePreview() {
  const page = await world.browser.newPage({ viewport: DESKTOP })
  await page.goto(world.host.url)
  await page.getByText('李小禾').click()
  await page.frameLocator('iframe').getByText('排查清理外立面标牌').waitFor()
  await drawn({ page })
  await take(page, 'preview')
  await page.close()
}
