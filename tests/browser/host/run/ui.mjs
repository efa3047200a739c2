// WeChat's own pop-ups: toast, dialog, sheet, the question whether to receive reminders.
import { beganIn } from './press.mjs'

function node(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(key, value)
  }
  element.append(...children.filter((child) => child !== undefined && child !== ''))
  return element
}

function overlay(kind, content) {
  const cover = node('div', { class: `over ${kind}` }, content)
  document.getElementById('host').append(cover)
  return cover
}

/** Shows it until a button with a value is pressed, or, where that is allowed, the dark around it. */
function choose(content, outside) {
  return new Promise((resolve) => {
    const cover = overlay('mask', content)
    cover.addEventListener('click', (event) => {
      if (!beganIn(event, cover)) return
      const button = event.target.closest('button')
      if (!button && (event.target !== cover || outside === undefined)) return
      const value = button ? button.value : outside
      const input = cover.querySelector('input')
      cover.remove()
      resolve({ value, input })
    })
  })
}

const button = (text, value, kind) => node('button', { value, class: kind, type: 'button' }, text)
let toast
let loading

export const ui = {
  toast(text, milliseconds = 1500) {
    toast?.remove()
    const shown = overlay('pass', node('div', { class: 'toast', role: 'status' }, text))
    toast = shown
    setTimeout(() => shown.remove(), milliseconds)
  },
  hideToast: () => toast?.remove(),
  loading(text, mask) {
    loading?.remove()
    loading = overlay(mask ? 'clear' : 'pass', node('div', { class: 'toast', role: 'status' }, text))
  },
  hideLoading: () => loading?.remove(),

  async dialog({
    title,
    content,
    confirmText = '确定',
    cancelText = '取消',
    showCancel = true,
    editable,
    placeholderText,
  }) {
    const field = editable ? node('input', { placeholder: placeholderText, value: content }) : undefined
    const box = node(
      'div',
      { class: 'dialog', role: 'alertdialog', 'aria-modal': 'true', 'aria-label': title || content },
      title ? node('h2', {}, title) : '',
      field ?? (content ? node('p', {}, content) : ''),
      node('footer', {}, showCancel ? button(cancelText, '0') : '', button(confirmText, '1', 'main')),
    )
    const { value, input } = await choose(box)
    return { confirm: value === '1', cancel: value === '0', content: field ? input.value : null }
  },

  /** The place of the item chosen, or -1. */
  async sheet(items, title) {
    const box = node(
      'div',
      { class: 'sheet', role: 'menu' },
      title ? node('p', {}, title) : '',
      ...items.map((item, i) => button(item, String(i))),
      button('取消', '-1', 'last'),
    )
    return Number((await choose(box, '-1')).value)
  },

  /** A date or a time, or nothing. */
  async ask({ title, type, value, min, max }) {
    const box = node(
      'div',
      { class: 'dialog', role: 'dialog', 'aria-label': title },
      node('h2', {}, title),
      node('input', { type, value, min, max, 'aria-label': title }),
      node('footer', {}, button('取消', '0'), button('确定', '1', 'main')),
    )
    const { value: pressed, input } = await choose(box)
    return pressed === '1' ? input.value : undefined
  },

  /** WeChat's question about subscribe messages: accept, reject, and the same for ever. */
  async subscribe(count) {
    const box = node(
      'div',
      { class: 'dialog', role: 'dialog', 'aria-label': '订阅消息' },
      node('h2', {}, '订阅消息'),
      node('p', {}, `图河六项 申请给你发送 ${count} 条消息`),
      node('label', {}, node('input', { type: 'checkbox' }), '总是保持以上选择,不再询问'),
      node('footer', {}, button('拒绝', 'reject'), button('允许', 'accept', 'main')),
    )
    const { value, input } = await choose(box)
    return input.checked ? `${value}_always` : value
  },

  /** The picture chosen, or nothing; Playwright sees the file chooser. */
  pick({ accept, multiple, capture }) {
    return new Promise((resolve) => {
      const input = node('input', { type: 'file', accept, multiple: multiple && '', capture, hidden: '' })
      const done = (chosen) => {
        input.remove()
        resolve(chosen)
      }
      input.addEventListener('change', () => done([...input.files]))
      input.addEventListener('cancel', () => done([]))
      document.body.append(input)
      input.click()
    })
  },

  /** A picture over the whole screen until it is touched. */
  show(src) {
    const cover = overlay('black', node('img', { src, alt: '' }))
    cover.addEventListener('click', (event) => beganIn(event, cover) && cover.remove())
  },
}
