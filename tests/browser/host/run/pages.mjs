// The page stack: at most ten, tab pages stay, the topmost is seen.
import { chrome } from './chrome.mjs'

const DEEPEST = 10
const NEAR_BOTTOM = 50

export const stack = []
const kept = new Map() // tab pages that are not on the stack now
let engine
let app
let known
let onMissing

export function setUp(given) {
  ;({ engine, app, onMissing } = given)
  known = new Set(given.pages)
}

export const top = () => stack.at(-1)
const isTab = (route) => Boolean(app.tabBar?.list.some((tab) => tab.pagePath === route))

/** An error of the mini-program is reported and the rest goes on, as in WeChat. */
export function attempt(object, method, ...given) {
  try {
    const result = object[method]?.(...given)
    // A method that is async rejects on its own.
    return result
  } catch (error) {
    reportError(error)
    return undefined
  }
}

export function parse(url, base = '') {
  const [path, query = ''] = url.split('?')
  const route = new URL(path, `http://page/${base}`).pathname.slice(1)
  const pairs = query
    .split('&')
    .filter(Boolean)
    .map((pair) => pair.split('='))
  // WeChat leaves the values encoded; only the page knows what they are.
  return [route, Object.fromEntries(pairs.map(([key, value = '']) => [key, value]))]
}

function create(route, query) {
  const root = engine.createRoot(route)
  const element = document.createElement('div')
  element.className = 'page-frame'
  element.dataset.route = route
  const placeholder = document.createElement('span')
  element.append(placeholder)
  document.getElementById('stack').append(element)
  const page = root.get()
  Object.assign(page, { route, options: query })
  const { navigationBarTitleText } = { ...app.window, ...engine.configOf(route) }
  const entry = { route, query, root, element, page, title: navigationBarTitleText ?? '', shown: false }
  stack.push(entry)
  root.attach(element, placeholder)
  attempt(page, 'onLoad', query)
  watchScroll(entry)
  requestAnimationFrame(() => attempt(page, 'onReady'))
  return entry
}

function watchScroll({ element, page }) {
  let below = false
  element.addEventListener('scroll', () => {
    attempt(page, 'onPageScroll', { scrollTop: element.scrollTop })
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_BOTTOM
    if (near && !below) attempt(page, 'onReachBottom')
    below = near
  })
}

function show(entry) {
  entry.element.hidden = false
  entry.shown = true
  attempt(entry.page, 'onShow')
  entry.root.getComponent().triggerPageLifetime?.('show', [])
  chrome.draw()
}

function hide(entry) {
  if (!entry?.shown) return
  entry.shown = false
  attempt(entry.page, 'onHide')
  entry.root.getComponent().triggerPageLifetime?.('hide', [])
}

function leave(entry) {
  hide(entry)
  entry.element.hidden = true
}

function drop(entry) {
  attempt(entry.page, 'onUnload')
  entry.root.release()
  entry.element.remove()
  kept.delete(entry.route)
}

/** The page to be opened; an unknown one is a mistake of the mini-program. */
function target(name, url) {
  const [route, query] = parse(url, top()?.route)
  if (!known.has(route)) throw new Error(`${name}:fail page "${route}" is not found`)
  return [route, query]
}

export const navigate = {
  to(url) {
    const [route, query] = target('navigateTo', url)
    if (isTab(route)) throw new Error('navigateTo:fail can not navigateTo a tabbar page')
    if (stack.length >= DEEPEST) throw new Error('navigateTo:fail webview count limit exceed')
    leave(top())
    show(create(route, query))
  },
  redirect(url) {
    const [route, query] = target('redirectTo', url)
    if (isTab(route)) throw new Error('redirectTo:fail can not redirectTo a tabbar page')
    drop(stack.pop())
    show(create(route, query))
  },
  back(delta) {
    if (stack.length < 2) throw new Error('navigateBack:fail cannot navigate back at first page.')
    for (let i = 0; i < delta && stack.length > 1; i += 1) drop(stack.pop())
    show(top())
  },
  tab(url) {
    const [route] = target('switchTab', url)
    if (!isTab(route)) throw new Error('switchTab:fail can not switch to no-tabBar page')
    if (top()?.route === route) return
    leave(top())
    while (stack.length > 0) {
      const entry = stack.pop()
      if (isTab(entry.route)) kept.set(entry.route, entry)
      else drop(entry)
    }
    const entry = kept.get(route)
    if (entry) stack.push(entry)
    show(entry ?? create(route, {}))
  },
  relaunch(url) {
    const [route, query] = target('reLaunch', url)
    while (stack.length > 0) drop(stack.pop())
    for (const entry of [...kept.values()]) drop(entry)
    show(create(route, query))
  },
}

/** The first page: the one asked for, else the first of app.json. */
export function openFirst({ path, query }) {
  if (known.has(path)) return show(create(path, query))
  onMissing({ path, query, isEntryPage: true })
  if (stack.length === 0) show(create(app.pages[0], {}))
  return undefined
}

export const hideTop = () => hide(top())
export const showTop = () => top() && !top().shown && show(top())
export { isTab }
