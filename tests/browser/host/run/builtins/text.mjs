// What is read and what is typed.
import { all, COUNT, FLAG, WORD } from './props.mjs'

const TYPED = {
  value: [null, ''],
  type: [String, 'text'],
  maxlength: [Number, 140],
  ...all(WORD, 'placeholder placeholderStyle placeholderClass confirmType name cursorColor'),
  ...all(FLAG, 'password disabled focus autoFocus confirmHold adjustPosition autoHeight showConfirmBar holdKeyboard'),
  ...all(FLAG, 'alwaysEmbed fixed disableDefaultPadding'),
  ...all([Number, -1], 'cursor selectionStart selectionEnd'),
  cursorSpacing: COUNT,
}
const KEYBOARDS = { number: 'numeric', digit: 'decimal' }

const typed = (tag) => ({
  props: TYPED,
  template: `<h-${tag}/>`,
  control: tag,
  value: (data) => data.value,
  dom(element, component) {
    const field = element.querySelector(tag)
    field.addEventListener('input', (event) => {
      event.stopPropagation()
      component.setData({ value: field.value })
      component.triggerEvent('input', { value: field.value, cursor: field.selectionStart ?? 0 })
    })
    field.addEventListener('change', (event) => event.stopPropagation())
    field.addEventListener('focus', () => component.triggerEvent('focus', { value: field.value, height: 0 }))
    field.addEventListener('blur', () => component.triggerEvent('blur', { value: field.value }))
    field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && tag === 'input') component.triggerEvent('confirm', { value: field.value })
    })
  },
  sync(element, data) {
    const field = element.querySelector(tag)
    if (!field) return
    const value = data.value === null || data.value === undefined ? '' : String(data.value)
    if (field.value !== value) field.value = value
    field.placeholder = data.placeholder ?? ''
    field.disabled = Boolean(data.disabled)
    if (data.maxlength >= 0) field.maxLength = data.maxlength
    else field.removeAttribute('maxlength')
    if (tag === 'input') {
      field.type = data.password ? 'password' : 'text'
      field.inputMode = KEYBOARDS[data.type] ?? 'text'
    }
    if (tag === 'textarea' && data.autoHeight) {
      element.style.height = 'auto'
      field.style.height = 'auto'
      field.style.height = `${field.scrollHeight}px`
    }
    if (data.focus && document.activeElement !== field) field.focus()
  },
})

export const text = {
  text: { props: { ...all(FLAG, 'selectable userSelect decode'), ...all(WORD, 'space overflow'), maxLines: COUNT } },
  input: typed('input'),
  textarea: typed('textarea'),
  'rich-text': {
    props: { nodes: [null, ''], space: WORD, userSelect: FLAG },
    template: '<h-div/>',
    sync(element, data) {
      const box = element.querySelector('div')
      if (box) box.innerHTML = typeof data.nodes === 'string' ? data.nodes : html(data.nodes ?? [])
    },
  },
  icon: {
    props: { type: WORD, size: [null, 23], color: WORD },
    sync(element, data) {
      element.textContent = { success: '✔', warn: '!', info: 'i', cancel: '✕', search: '⌕' }[data.type] ?? '●'
      Object.assign(element.style, { color: data.color, fontSize: `${parseFloat(data.size)}px` })
    },
  },
}

function html(nodes) {
  return nodes
    .map((node) => (node.type === 'text' ? node.text : `<${node.name}>${html(node.children ?? [])}</${node.name}>`))
    .join('')
}
