// What WeChat draws around a page: the status bar, the navigation bar, the tab bar.
import { phone } from './levers.mjs'
import { beganIn, watchPresses } from './press.mjs'

let context

const byId = (id) => document.getElementById(id)

function element(tag, attributes, text) {
  const made = Object.assign(document.createElement(tag), attributes)
  if (text !== undefined) made.textContent = text
  return made
}

export const badges = new Map()

export const chrome = {
  setUp(given) {
    context = given
    watchPresses()
    const { name, role } = phone()
    // In the frame of the preview page it stands outside the phone.
    if (globalThis.top !== globalThis) return
    byId('status').textContent = `预览 · ${name || '未选人员'}${role ? `(${role})` : ''}`
  },

  draw() {
    const { app, engine, stack, navigate } = context
    const entry = stack.at(-1)
    const config = { ...app.window, ...engine.configOf(entry.route) }
    const bar = byId('navigation')
    bar.hidden = config.navigationStyle === 'custom'
    bar.style.background = config.navigationBarBackgroundColor ?? '#ffffff'
    bar.style.color = config.navigationBarTextStyle === 'white' ? '#ffffff' : '#000000'
    bar.replaceChildren(element('h1', {}, entry.title), element('i', { className: 'capsule' }))
    if (stack.length > 1) {
      const back = element('button', { className: 'back', ariaLabel: '返回' }, '‹')
      back.addEventListener('click', (event) => beganIn(event, bar) && navigate.back(1))
      bar.prepend(back)
    }
    drawTabs(app.tabBar, entry.route, navigate)
    const query = Object.entries(entry.query).map(([key, value]) => `${key}=${value}`)
    history.replaceState(null, '', `#/${entry.route}${query.length ? `?${query.join('&')}` : ''}`)
  },
}

function drawTabs(tabBar, route, navigate) {
  const tabs = byId('tabs')
  tabs.hidden = !tabBar?.list.some((tab) => tab.pagePath === route)
  const buttons = (tabBar?.list ?? []).map((tab, i) => {
    const chosen = tab.pagePath === route
    const button = element('button', { role: 'tab', ariaSelected: String(chosen) }, tab.text)
    button.style.color = chosen ? tabBar.selectedColor : tabBar.color
    if (tab.iconPath) button.prepend(element('img', { src: chosen ? tab.selectedIconPath : tab.iconPath, alt: '' }))
    if (badges.has(i)) button.append(element('b', { className: badges.get(i) === ' ' ? 'dot' : '' }, badges.get(i)))
    button.addEventListener('click', (event) => beganIn(event, tabs) && navigate.tab(`/${tab.pagePath}`))
    return button
  })
  tabs.replaceChildren(...buttons)
}
