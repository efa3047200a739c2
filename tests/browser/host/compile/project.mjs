// Every page and component a mini-program reaches from its app.json, found the way WeChat finds them.
import fs from 'node:fs'
import path from 'node:path'

const NPM = 'miniprogram_npm/'
const ICON_LIMIT = 40 * 1024

export const isFile = (file) => fs.existsSync(file) && fs.statSync(file).isFile()

/** `@scope/name/rest` → [`@scope/name`, `rest`]. */
export function splitPackage(name) {
  const parts = name.split('/')
  const count = name.startsWith('@') ? 2 : 1
  return [parts.slice(0, count).join('/'), parts.slice(count).join('/')]
}

/**
 * A mini-program's files. A "path" here is as WeChat writes it: from the mini-program's root, without suffix,
 * `miniprogram_npm/…` for packages. Packages are read from `modules`, so that no npm build is needed first.
 */
export class Project {
  problems = []
  warnings = []
  /** path → its JSON, with `usingComponents` resolved to absolute paths */
  components = new Map()
  #packages = new Map()

  constructor({ src, modules }) {
    this.src = src
    this.modules = modules
    this.app = this.#json(path.join(src, 'app.json'))
    const subPackages = this.app.subPackages ?? this.app.subpackages ?? []
    this.subPackages = subPackages.map((s) => ({ root: s.root.replace(/\/$/, ''), pages: s.pages }))
    this.pages = [
      ...(this.app.pages ?? []),
      ...this.subPackages.flatMap((s) => s.pages.map((page) => path.posix.join(s.root, page))),
    ]
    for (const page of this.pages) this.#collect(page)
    for (const tab of this.app.tabBar?.list ?? []) {
      if (!this.app.pages.includes(tab.pagePath)) this.problems.push(`app.json: tab ${tab.pagePath} is not a main page`)
    }
    for (const icon of this.tabIcons) {
      const file = path.join(src, icon)
      if (!isFile(file)) this.problems.push(`app.json: the icon ${icon} is missing`)
      else if (fs.statSync(file).size > ICON_LIMIT) this.problems.push(`${icon} is larger than WeChat allows an icon`)
    }
  }

  /** Pictures of the tab bar, from the mini-program's root. */
  get tabIcons() {
    return (this.app.tabBar?.list ?? []).flatMap((tab) => [tab.iconPath, tab.selectedIconPath]).filter(Boolean)
  }

  /** The file of a path with the first of these suffixes that exists. */
  file(at, ...suffixes) {
    const base = this.disk(at)
    return suffixes.map((suffix) => base + suffix).find(isFile)
  }

  disk(at) {
    if (!at.startsWith(NPM)) return path.join(this.src, at)
    const [name, rest] = splitPackage(at.slice(NPM.length))
    return path.join(this.packageDir(name) ?? path.join(this.modules, name), rest)
  }

  /** Where a mini-program package keeps what ships; nothing for an ordinary package. */
  packageDir(name) {
    if (!this.#packages.has(name)) {
      const manifest = path.join(this.modules, name, 'package.json')
      const shipped = isFile(manifest) && this.#json(manifest).miniprogram
      this.#packages.set(name, shipped ? path.join(this.modules, name, shipped) : undefined)
    }
    return this.#packages.get(name)
  }

  isOwn(at) {
    return !at.startsWith(NPM)
  }

  /** The sub-package a path belongs to; nothing for the main package. */
  subPackageOf(at) {
    return this.subPackages.find((s) => at.startsWith(s.root + '/'))?.root
  }

  #json(file) {
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8'))
    } catch (error) {
      this.problems.push(`${path.relative(this.src, file)}: ${error.message}`)
      return {}
    }
  }

  #collect(at) {
    if (this.components.has(at)) return
    const file = this.file(at, '.json')
    const json = file ? this.#json(file) : {}
    const named = { ...(this.isOwn(at) ? this.app.usingComponents : {}), ...json.usingComponents }
    const usingComponents = {}
    this.components.set(at, { ...json, usingComponents })
    for (const [tag, reference] of Object.entries(named)) {
      const found = this.#resolve(at, reference)
      if (!found) continue
      usingComponents[tag] = '/' + found
      this.#collect(found)
    }
    for (const generic of Object.values(json.componentGenerics ?? {})) {
      const found = generic?.default && this.#resolve(at, generic.default)
      if (!found) continue
      generic.default = '/' + found
      this.#collect(found)
    }
  }

  /** In WeChat's order: absolute, relative, package. */
  #resolve(from, reference) {
    const relative = path.posix.normalize(path.posix.join(path.posix.dirname(from), reference))
    const tries = reference.startsWith('/')
      ? [reference.slice(1)]
      : [relative, `${relative}/index`, NPM + reference, `${NPM}${reference}/index`]
    const found = tries.find((at) => this.file(at, '.json'))
    if (!found) this.problems.push(`${from}.json: there is no component "${reference}"`)
    return found
  }
}
