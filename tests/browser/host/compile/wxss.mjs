// WXSS as CSS: rpx, imports, tag names of built-ins, `:host`, and one class prefix per isolated component.
import fs from 'node:fs'
import path from 'node:path'
import postcss from 'postcss'
import selectorParser from 'postcss-selector-parser'
import { BUILTINS } from '../run/builtins/index.mjs'
import { isFile } from './project.mjs'

/** path → CSS, and path → style scope of the isolated ones. */
export function compileStyles(project) {
  const scopes = new Map()
  for (const [at, json] of project.components) {
    json.styleIsolation ??= isolationInCode(project, at)
    const isolation = json.styleIsolation ?? (json.component ? 'isolated' : 'shared')
    if (isolation !== 'shared' && isolation !== 'page-shared') scopes.set(at, `c${scopes.size.toString(36)}`)
  }
  const sheets = {}
  const add = (at, scope) => {
    const file = project.file(at, '.wxss')
    if (file) sheets[at] = compile(project, file, scope)
  }
  add('app')
  for (const at of project.components.keys()) add(at, scopes.get(at))
  return { sheets, scopes }
}

/** Some packages say it in their code (`options.styleIsolation`); WeChat heeds that, the framework reads JSON only. */
function isolationInCode(project, at) {
  const file = project.file(at, '.ts', '.js')
  const found = file && /styleIsolation\s*:\s*['"]([a-z-]+)['"]/.exec(fs.readFileSync(file, 'utf8'))
  return found?.[1]
}

function compile(project, file, scope) {
  const root = postcss.parse(withImports(project, file, new Set()), { from: file })
  const selectors = selectorParser((tree) => {
    tree.walkTags((tag) => {
      const name = tag.value.toLowerCase()
      if (name === 'page' || name in BUILTINS) tag.value = `wx-${name}`
    })
    if (scope) tree.walkClasses((name) => void (name.value = `${scope}--${name.value}`))
    tree.walkPseudos((pseudo) => {
      if (pseudo.value !== ':host') return
      const host = selectorParser.attribute({ attribute: 'wx-host', operator: '=', value: scope ?? '', quoteMark: '"' })
      pseudo.replaceWith(host, ...(pseudo.nodes?.[0]?.nodes.map((node) => node.clone()) ?? []))
    })
  })
  root.walkRules((rule) => {
    const inKeyframes = rule.parent?.type === 'atrule' && /keyframes$/.test(rule.parent.name)
    if (!inKeyframes) rule.selector = selectors.processSync(rule.selector)
  })
  root.walkDecls((declaration) => void (declaration.value = withoutRpx(declaration.value)))
  root.walkAtRules((rule) => {
    rule.params = withoutRpx(rule.params)
    // TDesign's icon font sits on a public network; nothing of ours may need it.
    if (rule.name === 'font-face' && /https?:|url\(['"]?\/\//.test(rule.toString())) rule.remove()
  })
  return root.toString()
}

/** 750rpx are the width of the screen. */
const withoutRpx = (text) => text.replace(/(-?\d*\.?\d+)rpx\b/g, (_, n) => `${+((n * 100) / 750).toFixed(5)}vw`)

/** The style files a style file imports, itself included. */
export function withImports(project, file, seen) {
  if (seen.has(file)) return ''
  seen.add(file)
  const source = fs.readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  return source.replace(/@import\s+(?:url\()?['"]?([^'")]+)['"]?\)?\s*;?/g, (_, to) => {
    const target = to.startsWith('/') ? path.join(project.src, to) : path.resolve(path.dirname(file), to)
    if (isFile(target)) return withImports(project, target, seen)
    project.problems.push(`${path.relative(project.src, file)}: @import ${to} is not there`)
    return ''
  })
}
