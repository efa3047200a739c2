// Builds a mini-program, unchanged, into a folder a browser can open. Any problem makes it fail.
//
//   node host/build.mjs [--src DIR] [--out DIR] [--sizes]
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { bundle, copyPictures } from './compile/bundle.mjs'
import { checkCalls, checkHandlers } from './compile/checks.mjs'
import { Project } from './compile/project.mjs'
import { measure, totals } from './compile/sizes.mjs'
import { compileBuiltins, compileTemplates } from './compile/wxml.mjs'
import { compileStyles } from './compile/wxss.mjs'
import { WX_NAMES } from './run/wx/index.mjs'

const ROOT = path.resolve(import.meta.dirname, '../../..')
export const MINIPROGRAM = path.join(ROOT, 'miniprogram')
export const DIST = path.resolve(import.meta.dirname, '../dist')
/** Half of what WeChat allows a main package. */
const MAIN_LIMIT = 1024 * 1024
const PACKAGE_LIMIT = 2 * 1024 * 1024

/** Compiles `src` into `out`. Gives { problems, warnings, sizes, sums, counts }; nothing is written when there are problems. */
export async function build({ src = path.join(MINIPROGRAM, 'src'), out = DIST } = {}) {
  const project = new Project({ src, modules: path.join(MINIPROGRAM, 'node_modules') })
  const { code: templates, ...reached } = compileTemplates(project)
  const styles = compileStyles(project)
  checkCalls(project, new Set(WX_NAMES))
  checkHandlers(project)
  const fresh = `${out}.new`
  fs.rmSync(fresh, { recursive: true, force: true })
  fs.mkdirSync(fresh, { recursive: true })
  const inputs = await bundle(project, { templates, builtins: compileBuiltins(), ...styles, out: fresh })
  copyPictures(project, fresh)
  fs.copyFileSync(path.join(import.meta.dirname, 'run/index.html'), path.join(fresh, 'index.html'))
  const sizes = measure(project, { ...reached, inputs })
  const sums = totals(sizes)
  for (const [pack, bytes] of Object.entries(sums)) {
    const limit = pack === 'main' ? MAIN_LIMIT : PACKAGE_LIMIT
    if (bytes > limit) project.problems.push(`package ${pack} has ${kib(bytes)} KiB; the limit is ${kib(limit)}`)
  }
  const counts = { pages: project.pages.length, components: project.components.size - project.pages.length }
  const { problems, warnings } = project
  if (problems.length > 0) fs.rmSync(fresh, { recursive: true, force: true })
  else {
    fs.rmSync(out, { recursive: true, force: true })
    fs.renameSync(fresh, out)
  }
  return { problems, warnings, sizes, sums, counts }
}

const kib = (bytes) => (bytes / 1024).toFixed(1)

async function main() {
  const { values } = parseArgs({
    options: { src: { type: 'string' }, out: { type: 'string' }, sizes: { type: 'boolean' } },
  })
  const place = (given) => given && path.resolve(given)
  const { problems, warnings, sizes, sums, counts } = await build({ src: place(values.src), out: place(values.out) })
  if (values.sizes) for (const { name, bytes } of sizes) console.log(`${kib(bytes).padStart(8)} KiB  ${name}`)
  for (const warning of warnings) console.warn(`warning: ${warning}`)
  for (const problem of problems) console.error(`error: ${problem}`)
  const packs = Object.entries(sums).map(([pack, bytes]) => `${pack} ${kib(bytes)} KiB`)
  console.log(`${counts.pages} pages, ${counts.components} components; packages: ${packs.join(', ')}`)
  if (problems.length > 0) process.exitCode = 1
}

if (process.argv[1] === import.meta.filename) await main()
