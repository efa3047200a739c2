// Boxes, scrolling, forms and links.
import { all, COUNT, FLAG, HOVER, WORD } from './props.mjs'

const OPEN = {
  navigate: 'navigateTo',
  redirect: 'redirectTo',
  switchTab: 'switchTab',
  reLaunch: 'reLaunch',
  navigateBack: 'navigateBack',
}

export const layout = {
  view: { props: { hover: null, ...HOVER } },
  'cover-view': {},
  'root-portal': { props: { enable: FLAG } },
  'page-meta': { props: all(WORD, 'pageStyle rootFontSize backgroundColor rootBackgroundColor scrollTop') },
  form: {
    props: { reportSubmit: FLAG, reportSubmitTimeout: COUNT },
    dom(element, component) {
      const fields = () =>
        [...element.querySelectorAll('*')].map((node) => node.__wxElement).filter((f) => f?.__formValue && f.data?.name)
      element.addEventListener('wx-submit', (event) => {
        event.stopPropagation()
        const value = Object.fromEntries(fields().map((field) => [field.data.name, field.__formValue()]))
        component.triggerEvent('submit', { value, formId: '' })
      })
      element.addEventListener('wx-reset', (event) => {
        event.stopPropagation()
        for (const field of fields()) field.setData({ value: '' })
        component.triggerEvent('reset', {})
      })
    },
  },
  'scroll-view': {
    props: {
      ...all(FLAG, 'scrollX scrollY scrollWithAnimation enableFlex refresherEnabled refresherTriggered enhanced'),
      ...all(FLAG, 'showScrollbar bounces throttle pagingEnabled fastDeceleration usingSticky enableBackToTop'),
      scrollAnchoring: FLAG,
      ...all([null, null], 'scrollTop scrollLeft'),
      ...all(WORD, 'scrollIntoView type refresherDefaultStyle refresherBackground'),
      ...all([Number, 50], 'upperThreshold lowerThreshold'),
      ...all(COUNT, 'refresherThreshold scrollIntoViewOffset'),
      enablePassive: null,
    },
    dom(element, component) {
      let below = false
      element.addEventListener('scroll', () => {
        const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight } = element
        component.triggerEvent('scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth, deltaX: 0, deltaY: 0 })
        const near = scrollHeight - scrollTop - clientHeight < component.data.lowerThreshold
        if (near && !below) component.triggerEvent('scrolltolower', { direction: 'bottom' })
        below = near
      })
    },
    sync(element, data) {
      element.style.overflowX = data.scrollX ? 'auto' : 'hidden'
      element.style.overflowY = data.scrollY ? 'auto' : data.scrollX ? 'hidden' : ''
      if (data.enableFlex) element.style.display = 'flex'
      if (data.scrollTop !== null) element.scrollTop = parseFloat(data.scrollTop)
      if (data.scrollLeft !== null) element.scrollLeft = parseFloat(data.scrollLeft)
      if (data.scrollIntoView) queueMicrotask(() => document.getElementById(data.scrollIntoView)?.scrollIntoView())
    },
  },
  swiper: {
    props: {
      ...all(FLAG, 'indicatorDots autoplay circular vertical snapToEdge'),
      ...all(WORD, 'indicatorColor indicatorActiveColor previousMargin nextMargin easingFunction currentItemId'),
      ...all(COUNT, 'current duration displayMultipleItems'),
      interval: [Number, 5000],
    },
    dom(element, component) {
      let shown = component.data.current
      element.addEventListener('scrollend', () => {
        const current = Math.round(element.scrollLeft / element.clientWidth)
        if (current === shown) return
        shown = current
        component.triggerEvent('change', { current, source: 'touch' })
      })
    },
    sync(element, data) {
      requestAnimationFrame(() => element.scrollTo({ left: data.current * element.clientWidth }))
    },
  },
  'swiper-item': { props: { itemId: WORD } },
  navigator: {
    props: { ...all(WORD, 'url target'), openType: [String, 'navigate'], delta: [Number, 1], ...HOVER },
    dom(element, component) {
      element.setAttribute('role', 'link')
      component.addListener('tap', () => {
        const { openType, url, delta } = component.data
        globalThis.wx[OPEN[openType]]({ url, delta })
      })
    },
  },
}
