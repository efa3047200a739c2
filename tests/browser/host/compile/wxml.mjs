// WXML and WXS through the compiler of glass-easel, the component framework WeChat itself ships.
import fs from 'node:fs'
import path from 'node:path'
import { TmplGroup } from 'glass-easel-template-compiler'
import { BUILTINS } from '../run/builtins/index.mjs'
import { isFile } from './project.mjs'

const ERROR_LEVEL = 4
const STRUCTURE = new Set(['block', 'template', 'slot', 'wxs', 'import', 'include', 'page-meta', 'page-container'])

/** Compiles the templates of every component; problems land in the project. */
export function compileTemplates(project) {
  const group = new TmplGroup()
  const templates = new Set()
  const scripts = new Set()

  const addScript = (at) => {
    if (scripts.has(at)) return
    scripts.add(at)
    const code = fs.readFileSync(project.disk(at) + '.wxs', 'utf8')
    group.addScript(at, asJavaScript(code))
    for (const [, to] of code.matchAll(/require\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      addScript(path.posix.normalize(path.posix.join(path.posix.dirname(at), to)).replace(/\.wxs$/, ''))
    }
  }
  const addTemplate = (at, tags) => {
    if (templates.has(at)) return
    templates.add(at)
    const file = project.disk(at) + '.wxml'
    if (!isFile(file)) {
      project.problems.push(`${at}.wxml is missing`)
      return
    }
    const source = fs.readFileSync(file, 'utf8')
    for (const note of group.addTmpl(at, source) ?? []) {
      const text = `${note.path || at}.wxml:${note.startLine + 1}:${note.startColumn + 1} ${note.message}`
      // In our own files a warning, such as a tag that is not closed, is a mistake too.
      const grave = project.isOwn(at) || note.isError || note.level >= ERROR_LEVEL
      ;(grave ? project.problems : project.warnings).push(text)
    }
    if (project.isOwn(at)) project.problems.push(...unknownTags(at, source, tags))
    for (const name of group.getInlineScriptModuleNames(at)) {
      group.setInlineScript(at, name, asJavaScript(group.getInlineScript(at, name)))
    }
    for (const to of group.getDirectDependencies(at)) addTemplate(to, tags)
    for (const to of group.getScriptDependencies(at)) addScript(to.replace(/\.wxs$/, ''))
  }
  for (const [at, json] of project.components) {
    addTemplate(at, new Set([...Object.keys(json.usingComponents), ...Object.keys(json.componentGenerics ?? {})]))
  }
  return { code: group.getTmplGenObjectGroups(), templates, scripts }
}

/** The templates of the built-in components, as code. */
export function compileBuiltins() {
  const group = new TmplGroup()
  for (const [name, builtin] of Object.entries(BUILTINS)) {
    group.addTmpl(`builtin/${name}`, builtin.template ?? '<slot/>')
  }
  return group.getTmplGenObjectGroups()
}

/** WXML without its comments and inline scripts, lines kept. */
export function bareTemplate(source) {
  const blank = (text) => text.replace(/[^\n]/g, ' ')
  return source.replace(/<!--[\s\S]*?-->/g, blank).replace(/<wxs\b[^>]*>[\s\S]*?<\/wxs>/g, blank)
}

function* unknownTags(at, source, tags) {
  // A tag inside a value or an expression is text.
  const bare = bareTemplate(source).replace(/=\s*(?:"[^"]*"|'[^']*')|\{\{[\s\S]*?\}\}/g, (text) =>
    text.replace(/[^\n]/g, ' '),
  )
  for (const match of bare.matchAll(/<([a-zA-Z][\w-]*)/g)) {
    const tag = match[1]
    if (tag in BUILTINS || STRUCTURE.has(tag) || tags.has(tag)) continue
    yield `${at}.wxml:${bare.slice(0, match.index).split('\n').length} unknown component <${tag}>`
  }
}

/**
 * WXS is nearly JavaScript: `x.constructor` is a name there, `getRegExp` keeps its backslashes, and `require` names
 * the file with its suffix while the compiler wants it without.
 */
function asJavaScript(code) {
  return code
    .replace(/\.constructor\b/g, '.constructor.name')
    .replace(
      /getRegExp\(\s*(['"])(.*?)\1/g,
      (_, quote, body) => `getRegExp(${quote}${body.replace(/\\\\?/g, '\\\\')}${quote}`,
    )
    .replace(/(require\(\s*['"][^'"]+?)\.wxs(['"])/g, '$1$2')
}
