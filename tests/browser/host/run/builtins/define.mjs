// A built-in component from its description: properties, how it meets the DOM, how a change gets there.
import { BUILTINS } from './index.mjs'

const ARIA = [
  'label',
  'hidden',
  'disabled',
  'checked',
  'selected',
  'expanded',
  'pressed',
  'current',
  'live',
  'labelledby',
  'describedby',
  'required',
  'invalid',
  'level',
  'valuenow',
  'valuemin',
  'valuemax',
  'valuetext',
  'haspopup',
  'modal',
]
const camel = (name) => `aria${name[0].toUpperCase()}${name.slice(1)}`

export function builtinComponent(space, name, groups) {
  const builtin = BUILTINS[name]
  const properties = { hidden: Boolean, animation: null, ariaRole: null }
  for (const aria of ARIA) properties[camel(aria)] = null
  for (const [key, described] of Object.entries(builtin.props ?? {})) {
    properties[key] = described ? { type: described[0], value: described[1] } : null
  }
  const update = (component) => {
    const element = elementOf(component)
    if (!element) return
    element.hidden = Boolean(component.data.hidden)
    describe(builtin.control ? (element.querySelector(builtin.control) ?? element) : element, component.data)
    animate(element, component.data.animation)
    builtin.sync?.(element, component.data, component)
  }
  return space
    .define(`builtin/${name}`)
    .options({ writeIdToDOM: true, multipleSlots: false })
    .template({ groupList: groups, content: groups[`builtin/${name}`] })
    .definition({
      properties,
      observers: {
        '**'() {
          if (this.__attached) update(this)
        },
      },
      lifetimes: {
        attached() {
          this.__attached = true
          if (builtin.value) this.__formValue = () => builtin.value(this.data)
          builtin.dom?.(elementOf(this), this)
          update(this)
        },
      },
    })
    .registerComponent()
}

const elementOf = (component) => component.getBackendElement?.() ?? component._$?.getBackendElement()

/** What a screen reader hears. */
function describe(element, data) {
  const set = (attribute, value) => {
    if (value === null || value === undefined || value === '') element.removeAttribute(attribute)
    else element.setAttribute(attribute, String(value))
  }
  if (data.ariaRole) element.setAttribute('role', data.ariaRole)
  for (const aria of ARIA) set(`aria-${aria}`, data[camel(aria)])
}

/** Only the last step of a `wx.createAnimation` is shown. */
function animate(element, animation) {
  const last = animation?.actions?.at(-1)
  if (!last) return
  Object.assign(element.style, last.style, { transition: `all ${last.duration}ms ${last.timing} ${last.delay}ms` })
}
