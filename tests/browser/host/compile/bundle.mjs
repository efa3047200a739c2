// The mini-program's code, templates and styles as one script for the browser.
import fs from 'node:fs'
import path from 'node:path'
import * as esbuild from 'esbuild'
import { isFile, splitPackage } from './project.mjs'

const RUN = path.resolve(import.meta.dirname, '../run/main.mjs')
/** What tests may reach without a page, as `__host.modules`. All of it is in the pages' code anyway. */
const REACHED = {
  outbox: 'outbox/index',
  store: 'outbox/store',
  sweeping: 'outbox/sweep',
  session: 'services/session',
  clock: 'services/clock',
  dates: 'utils/dates',
}

/** Writes `app.js` into `out`; gives the files that went in. */
export async function bundle(project, { templates, builtins, sheets, scopes, out }) {
  const result = await esbuild
    .build({
      stdin: { contents: entry(project, { templates, builtins, sheets, scopes }), resolveDir: import.meta.dirname },
      bundle: true,
      format: 'iife',
      target: 'es2022',
      sourcemap: true,
      minifyWhitespace: true,
      minifySyntax: true,
      outfile: path.join(out, 'app.js'),
      mainFields: ['module', 'main'],
      plugins: [packages(project)],
      metafile: true,
      logLevel: 'silent',
    })
    .catch((error) => {
      for (const { text, location } of error.errors ?? [{ text: String(error) }]) {
        project.problems.push(`${location ? `${location.file}:${location.line}:${location.column} ` : ''}${text}`)
      }
    })
  return Object.keys(result?.metafile.inputs ?? {}).map((input) => path.resolve(input))
}

function entry(project, { templates, builtins, sheets, scopes }) {
  const text = JSON.stringify
  const lines = [
    `import { host } from ${text(RUN)}`,
    `host.load({ app: ${text(project.app)}, pages: ${text(project.pages)}, sheets: ${text(sheets)},`,
    `  templates: ${templates}, builtins: ${builtins} })`,
  ]
  const app = project.file('app', '.ts', '.js')
  if (app) lines.push(`host.runApp(() => require(${text(app)}))`)
  else project.problems.push('app.ts is missing')
  for (const [at, json] of project.components) {
    const code = project.file(at, '.ts', '.js')
    if (code) {
      lines.push(
        `host.define(${text(at)}, ${text(json)}, ${text(scopes.get(at) ?? null)}, () => require(${text(code)}))`,
      )
    } else project.problems.push(`${at}.ts is missing`)
  }
  const reached = Object.entries(REACHED).map(([name, at]) => [name, project.file(at, '.ts')])
  const modules = reached.flatMap(([name, file]) => (file ? [`${name}: require(${text(file)})`] : []))
  lines.push(`host.reach(() => ({ ${modules.join(', ')} }))`, 'host.start()')
  return lines.join('\n')
}

/** A package is looked for where WeChat's npm build would have put it. */
function packages(project) {
  const first = (...files) => files.find(isFile)
  return {
    name: 'packages',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path: name, kind, resolveDir }) => {
        if (kind === 'entry-point' || !resolveDir.startsWith(project.modules)) {
          const own = resolveDir.startsWith(project.src)
          return own && kind !== 'entry-point' ? fromOwn(name) : undefined
        }
        for (let dir = resolveDir; dir.startsWith(project.modules); dir = path.dirname(dir)) {
          const found = first(`${dir}/miniprogram_npm/${name}/index.js`, `${dir}/miniprogram_npm/${name}.js`)
          if (found) return { path: found }
        }
        return fromOwn(name)
      })
      const fromOwn = (name) => {
        const [pkg, rest] = splitPackage(name)
        const dir = project.packageDir(pkg)
        const found = dir && first(path.join(dir, `${rest}.js`), path.join(dir, rest, 'index.js'))
        return found ? { path: found } : undefined
      }
    },
  }
}

/** Pictures are served as they lie. */
export function copyPictures(project, out) {
  for (const name of fs.readdirSync(project.src, { recursive: true })) {
    if (!/\.(png|jpe?g|gif|svg|webp)$/.test(name)) continue
    fs.mkdirSync(path.dirname(path.join(out, name)), { recursive: true })
    fs.copyFileSync(path.join(project.src, name), path.join(out, name))
  }
}
