// What WeChat would count: the files reached, each package by itself. TypeScript counts as the code it becomes.
import fs from 'node:fs'
import path from 'node:path'
import * as esbuild from 'esbuild'
import { isFile } from './project.mjs'
import { withImports } from './wxss.mjs'

/** [{ name, bytes, pack }] of every file reached, largest first; `pack` is a sub-package's root or `main`. */
export function measure(project, { templates, scripts, inputs }) {
  const files = new Set()
  const add = (...names) => names.filter(isFile).forEach((name) => files.add(name))
  add(path.join(project.src, 'app.json'), path.join(project.src, 'sitemap.json'))
  add(...project.tabIcons.map((icon) => path.join(project.src, icon)))
  for (const at of [...project.components.keys(), ...templates, 'app']) {
    const base = project.disk(at)
    add(`${base}.wxml`, `${base}.json`)
    if (isFile(`${base}.wxss`)) {
      const styles = new Set()
      withImports(project, `${base}.wxss`, styles)
      add(...styles)
    }
  }
  for (const at of scripts) add(`${project.disk(at)}.wxs`)
  for (const input of inputs) {
    if (input.startsWith(project.src) || input.startsWith(project.modules)) add(input)
  }
  return [...files].map((file) => entry(project, file)).sort((a, b) => b.bytes - a.bytes)
}

function entry(project, file) {
  const own = file.startsWith(project.src + path.sep)
  const name = own
    ? path.relative(project.src, file)
    : path.join('miniprogram_npm', path.relative(project.modules, file))
  const bytes = file.endsWith('.ts') ? compiledSize(file) : fs.statSync(file).size
  return { name, bytes, pack: (own && project.subPackageOf(name)) || 'main' }
}

function compiledSize(file) {
  const { code } = esbuild.transformSync(fs.readFileSync(file, 'utf8'), {
    loader: 'ts',
    target: 'es2018',
    format: 'cjs',
  })
  return Buffer.byteLength(code)
}

/** bytes by package. */
export function totals(sizes) {
  const sums = {}
  for (const { pack, bytes } of sizes) sums[pack] = (sums[pack] ?? 0) + bytes
  return sums
}
