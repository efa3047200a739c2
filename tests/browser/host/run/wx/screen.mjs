// Navigation, WeChat's pop-ups, and questions about what is on the screen.
import { ui } from '../ui.mjs'
import { call, nothing } from './async.mjs'
import { withImages } from './media.mjs'

export const screenCalls = ({ navigate, top, badges, redraw }) => ({
  navigateTo: call('navigateTo', ({ url }) => navigate.to(url)),
  redirectTo: call('redirectTo', ({ url }) => navigate.redirect(url)),
  switchTab: call('switchTab', ({ url }) => navigate.tab(url)),
  reLaunch: call('reLaunch', ({ url }) => navigate.relaunch(url)),
  navigateBack: call('navigateBack', ({ delta = 1 }) => navigate.back(delta)),
  setNavigationBarTitle: call('setNavigationBarTitle', ({ title }) => {
    top().title = title
    redraw()
  }),
  showToast: call('showToast', ({ title, duration }) => ui.toast(title, duration)),
  hideToast: call('hideToast', () => ui.hideToast()),
  showLoading: call('showLoading', ({ title, mask }) => ui.loading(title, mask)),
  hideLoading: call('hideLoading', () => ui.hideLoading()),
  showModal: call('showModal', (options) => ui.dialog(options)),
  showActionSheet: call('showActionSheet', async ({ itemList, alertText }) => {
    const tapIndex = await ui.sheet(itemList, alertText)
    if (tapIndex < 0) throw new Error('showActionSheet:fail cancel')
    return { tapIndex }
  }),
  makePhoneCall: call('makePhoneCall', ({ phoneNumber }) => ui.toast(`拨打 ${phoneNumber}`)),
  setClipboardData: call('setClipboardData', async ({ data }) => {
    await navigator.clipboard?.writeText(data)
    ui.toast('内容已复制')
  }),
  pageScrollTo: call('pageScrollTo', ({ scrollTop, selector, offsetTop = 0 }) => {
    const { element } = top()
    const target = selector && element.querySelector(selector)
    if (selector && !target) throw new Error(`pageScrollTo:fail no element ${selector}`)
    const to = target
      ? element.scrollTop + target.getBoundingClientRect().top - element.getBoundingClientRect().top
      : scrollTop
    element.scrollTo({ top: to + offsetTop })
  }),
  startPullDownRefresh: call('startPullDownRefresh', () => top().page.onPullDownRefresh?.()),
  stopPullDownRefresh: nothing('stopPullDownRefresh'),
  hideKeyboard: call('hideKeyboard', () => document.activeElement?.blur()),
  vibrateShort: nothing('vibrateShort'),
  setTabBarBadge: call('setTabBarBadge', ({ index, text }) => badge(badges, redraw, index, text)),
  removeTabBarBadge: call('removeTabBarBadge', ({ index }) => badge(badges, redraw, index, undefined)),
  showTabBarRedDot: call('showTabBarRedDot', ({ index }) => badge(badges, redraw, index, ' ')),
  hideTabBarRedDot: call('hideTabBarRedDot', ({ index }) => badge(badges, redraw, index, undefined)),
  createSelectorQuery: () => selectorQuery(top().page.createSelectorQuery()),
  createIntersectionObserver: (component, options) => component.createIntersectionObserver(options),
  createAnimation: animation,
})

function badge(badges, redraw, index, text) {
  if (text === undefined) badges.delete(index)
  else badges.set(index, text)
  redraw()
}

/** The framework's own query, which cannot give a canvas node. */
function selectorQuery(query) {
  const push = query._$push
  query._$push = function (selector, component, single, fields, done) {
    if (!fields.node) return push.call(this, selector, component, single, fields, done)
    return push.call(this, selector, component, single, { ...fields, size: true }, (found) => {
      if (found) found.node = withImages(top2dCanvas(component, selector))
      done(found)
    })
  }
  return query
}

function top2dCanvas(component, selector) {
  const host = component._$.getShadowRoot().querySelector(selector).getBackendElement()
  return host.querySelector('canvas')
}

const MOVES = ['translateX', 'translateY', 'translate', 'scale', 'scaleX', 'scaleY', 'rotate', 'skew']
const LOOKS = ['opacity', 'backgroundColor', 'width', 'height', 'top', 'left', 'right', 'bottom']
const withUnit = (name, value) => {
  if (typeof value !== 'number' || name.startsWith('scale') || name === 'opacity') return String(value)
  return name === 'rotate' || name === 'skew' ? `${value}deg` : `${value}px`
}

function animation(base = {}) {
  let moves = []
  let style = {}
  let actions = []
  const chain = {
    step(options = {}) {
      const { duration = 400, timingFunction: timing = 'linear', delay = 0 } = { ...base, ...options }
      const transform = moves.length ? { transform: moves.join(' ') } : {}
      actions.push({ style: { ...style, ...transform }, duration, timing, delay })
      moves = []
      style = {}
      return chain
    },
    export() {
      const exported = { actions }
      actions = []
      return exported
    },
  }
  for (const name of MOVES) {
    chain[name] = (...values) => (moves.push(`${name}(${values.map((v) => withUnit(name, v)).join(',')})`), chain)
  }
  for (const name of LOOKS) chain[name] = (value) => ((style[name] = withUnit(name, value)), chain)
  return chain
}
