// What WeChat would only show on a phone: a call of `wx` this host does not have, a handler nobody wrote.
import fs from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { isFile } from './project.mjs'
import { bareTemplate } from './wxml.mjs'

/** Every `wx.<name>` in our own code must be known to the host; `wx.name?.()` asks first and is free. */
export function checkCalls(project, known) {
  for (const file of ownCode(project)) {
    const tree = parse(file)
    const visit = (node) => {
      if (ts.isIdentifier(node) && node.text === 'wx' && isValue(node)) judge(node)
      ts.forEachChild(node, visit)
    }
    const judge = (node) => {
      const { parent } = node
      if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) {
        report(node, 'write wx.<name> in full, so that it can be checked')
        return
      }
      const asked = ts.isCallExpression(parent.parent) && parent.parent.questionDotToken
      if (!asked && !known.has(parent.name.text)) report(node, `wx.${parent.name.text} is not in the web host`)
    }
    const report = (node, text) => project.problems.push(`${place(project, tree, node)} ${text}`)
    visit(tree)
  }
}

/** Every handler named in WXML must be a method of the page or component, or of a behaviour it takes. */
export function checkHandlers(project) {
  for (const at of project.components.keys()) {
    if (!project.isOwn(at)) continue
    const code = project.file(at, '.ts', '.js')
    const template = project.file(at, '.wxml')
    if (!code || !template) continue
    const methods = methodsOf(code)
    const source = bareTemplate(fs.readFileSync(template, 'utf8'))
    for (const match of source.matchAll(/\s(?:capture-|mut-)?(?:bind|catch):?[a-zA-Z][\w:-]*\s*=\s*(["'])(.*?)\1/g)) {
      for (const name of handlerNames(match[2])) {
        if (methods.has(name)) continue
        const line = source.slice(0, match.index + 1).split('\n').length
        project.problems.push(`${at}.wxml:${line} nobody wrote the handler "${name}"`)
      }
    }
  }
}

/** A plain name, or the names an expression chooses between. */
function handlerNames(value) {
  if (!value.includes('{{')) return value ? [value] : []
  return [...value.matchAll(/'([A-Za-z_]\w*)'|"([A-Za-z_]\w*)"/g)].map((match) => match[1] ?? match[2])
}

function methodsOf(file) {
  const names = new Set()
  const seen = new Set()
  const read = (at, outermost) => {
    if (seen.has(at)) return
    seen.add(at)
    const tree = parse(at)
    const visit = (node) => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
        const defines = ['Page', 'Component', 'Behavior'].includes(node.expression.text)
        const topLevel = outermost && ts.isExpressionStatement(node.parent) && node.parent.parent === tree
        if (defines || topLevel) node.arguments.filter(ts.isObjectLiteralExpression).forEach(collect)
      }
      if (ts.isImportDeclaration(node)) follow(at, node.moduleSpecifier.text)
      ts.forEachChild(node, visit)
    }
    visit(tree)
  }
  const collect = (object) => {
    for (const member of object.properties) {
      const name = member.name?.text
      if (name === 'methods' && ts.isObjectLiteralExpression(member.initializer)) collect(member.initializer)
      else if (name) names.add(name)
    }
  }
  const follow = (from, to) => {
    if (!to.startsWith('.')) return
    const base = path.resolve(path.dirname(from), to)
    const found = [`${base}.ts`, `${base}/index.ts`].find(isFile)
    if (found) read(found, false)
  }
  read(file, true)
  return names
}

function ownCode(project) {
  return fs
    .readdirSync(project.src, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.startsWith('miniprogram_npm'))
    .map((name) => path.join(project.src, name))
}

const trees = new Map()
function parse(file) {
  const { mtimeMs } = fs.statSync(file)
  const kept = trees.get(file)
  if (kept?.mtimeMs === mtimeMs) return kept.tree
  const tree = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  trees.set(file, { mtimeMs, tree })
  return tree
}

function place(project, tree, node) {
  const { line, character } = tree.getLineAndCharacterOfPosition(node.getStart())
  return `${path.relative(project.src, tree.fileName)}:${line + 1}:${character + 1}`
}

/** Not the `wx` of a property, a parameter, a type, or of `typeof wx`. */
function isValue(node) {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false
  if (ts.isTypeOfExpression(parent) || ts.isTypeQueryNode(parent) || ts.isQualifiedName(parent)) return false
  return !(ts.isParameter(parent) || ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent))
}
