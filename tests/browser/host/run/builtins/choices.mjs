// What is ticked, picked, slid and pressed.
import { pressed } from '../privacy.mjs'
import { ui } from '../ui.mjs'
import { all, COUNT, FLAG, HOVER, WORD } from './props.mjs'

/** A native tick box inside; `wx-check` tells the group around it. */
const tick = (type) => ({
  props: { ...all(WORD, 'value color'), ...all(FLAG, 'checked disabled') },
  template: `<h-input type="${type}"/><slot/>`,
  control: 'input',
  dom(element, component) {
    const box = element.querySelector('input')
    box.addEventListener('change', (event) => {
      event.stopPropagation()
      if (type === 'radio') {
        for (const other of element.closest('wx-radio-group')?.querySelectorAll('input[type=radio]') ?? []) {
          if (other !== box) other.checked = false
        }
      }
      component.setData({ checked: box.checked })
      element.dispatchEvent(new CustomEvent('wx-check', { bubbles: true, detail: box.value }))
    })
  },
  sync(element, data) {
    const box = element.querySelector('input')
    if (box) Object.assign(box, { checked: Boolean(data.checked), disabled: Boolean(data.disabled), value: data.value })
  },
})

const group = (read) => ({
  props: { name: WORD },
  dom(element, component) {
    component.__formValue = () => read(element)
    element.addEventListener('wx-check', (event) => {
      event.stopPropagation()
      component.triggerEvent('change', { value: read(element) })
    })
  },
})
const ticked = (element, type) =>
  [...element.querySelectorAll(`input[type=${type}]`)].filter((box) => box.checked).map((box) => box.value)

export const choices = {
  button: {
    props: {
      type: [String, 'default'],
      size: [String, 'default'],
      ...all(FLAG, 'plain disabled loading showMessageCard needShowEntrance phoneNumberNoQuotaToast'),
      ...all(WORD, 'formType openType lang sessionFrom sendMessageTitle sendMessagePath sendMessageImg appParameter'),
      ...all(WORD, 'businessId entrancePath'),
      activityType: null,
      ...HOVER,
    },
    dom(element, component) {
      element.tabIndex = 0
      component.addListener('tap', () => {
        const { disabled, formType, openType } = component.data
        if (disabled) return
        if (formType) element.dispatchEvent(new CustomEvent(`wx-${formType}`, { bubbles: true }))
        pressed(openType, element.id, component)
      })
    },
    sync(element, data) {
      if (!data.ariaRole) element.setAttribute('role', 'button')
      element.setAttribute('type', data.type)
      element.setAttribute('size', data.size)
      for (const flag of ['plain', 'disabled', 'loading']) element.toggleAttribute(flag, Boolean(data[flag]))
      if (data.disabled) element.setAttribute('aria-disabled', 'true')
    },
  },
  switch: {
    props: { ...all(FLAG, 'checked disabled'), type: [String, 'switch'], color: [String, '#04be02'], name: WORD },
    template: '<h-input type="checkbox" role="switch"/>',
    control: 'input',
    value: (data) => Boolean(data.checked),
    dom(element, component) {
      const box = element.querySelector('input')
      box.addEventListener('change', (event) => {
        event.stopPropagation()
        component.setData({ checked: box.checked })
        component.triggerEvent('change', { value: box.checked })
      })
    },
    sync(element, data) {
      const box = element.querySelector('input')
      if (!box) return
      Object.assign(box, { checked: Boolean(data.checked), disabled: Boolean(data.disabled) })
      element.style.setProperty('--on', data.color)
    },
  },
  checkbox: tick('checkbox'),
  radio: tick('radio'),
  'checkbox-group': group((element) => ticked(element, 'checkbox')),
  'radio-group': group((element) => ticked(element, 'radio')[0] ?? ''),
  label: {
    props: { for: WORD },
    dom(element, component) {
      element.addEventListener('click', (event) => {
        if (event.target.closest('input,textarea,wx-button')) return
        const { for: id } = component.data
        const inside = id ? document.getElementById(id) : element
        inside?.querySelector('input')?.click()
      })
    },
  },
  slider: {
    props: {
      ...all(COUNT, 'min value blockSize'),
      max: [Number, 100],
      step: [Number, 1],
      ...all(FLAG, 'disabled showValue'),
      ...all(WORD, 'name activeColor backgroundColor blockColor'),
    },
    template: '<h-input type="range"/>',
    control: 'input',
    value: (data) => data.value,
    dom(element, component) {
      const field = element.querySelector('input')
      field.addEventListener('change', (event) => {
        event.stopPropagation()
        component.setData({ value: Number(field.value) })
        component.triggerEvent('change', { value: Number(field.value) })
      })
    },
    sync(element, data) {
      const field = element.querySelector('input')
      if (!field) return
      const { min, max, step, value, disabled } = data
      Object.assign(field, { min, max, step, value, disabled })
      field.style.accentColor = data.activeColor || '#1aad19'
    },
  },
  picker: {
    props: {
      mode: [String, 'selector'],
      range: [Array, []],
      value: [null, 0],
      ...all(WORD, 'rangeKey start end fields headerText name'),
      disabled: FLAG,
    },
    value: (data) => data.value,
    dom(element, component) {
      component.addListener('tap', () => void (component.data.disabled || pick(component)))
    },
  },
}

async function pick(component) {
  const { mode, range, rangeKey, value, start, end, headerText } = component.data
  const chosen = (next) => {
    component.setData({ value: next })
    component.triggerEvent('change', { value: String(next) })
  }
  if (mode === 'selector') {
    const at = await ui.sheet(
      range.map((item) => (rangeKey ? item[rangeKey] : item)),
      headerText,
    )
    return at < 0 ? component.triggerEvent('cancel', {}) : chosen(at)
  }
  if (mode !== 'date' && mode !== 'time') throw new Error(`<picker mode="${mode}"> is not in the web host`)
  const text = await ui.ask({ title: headerText || '请选择', type: mode, value, min: start, max: end })
  return text ? chosen(text) : component.triggerEvent('cancel', {})
}
