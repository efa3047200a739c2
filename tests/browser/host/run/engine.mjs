// glass-easel set up as WeChat sets it up: built-in components, events, lifetimes, behaviours by name.
import { glassEasel, MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import { BUILTINS } from './builtins/index.mjs'
import { builtinComponent } from './builtins/define.mjs'
import { guardSetData } from './guard.mjs'

const LONG_PRESS_MS = 350

/** Elements carry the tag names of WeChat's own page: `wx-view`; `h-input` in a built-in's template is a real input. */
function tagOf(tag) {
  if (tag.startsWith('h-')) return tag.slice(2)
  return tag === 'page' || tag in BUILTINS ? `wx-${tag}` : tag
}

class Backend extends glassEasel.CurrentWindowBackendContext {
  constructor() {
    super()
    this.document = {
      createElement: (tag) => document.createElement(tagOf(tag)),
      createTextNode: (text) => document.createTextNode(text),
      createDocumentFragment: () => document.createDocumentFragment(),
    }
  }

  // In WeChat click, input, change and scroll come from the built-in components and never from the DOM. Level 0: with
  // the true level the first `catch` listener would cancel every event of its type.
  setListenerStats(element, type, capture) {
    if (/^(touch|transition|animation)/.test(type)) super.setListenerStats(element, type, capture, 0)
  }
}

/** Makes the code space in which the mini-program's pages and components are defined. */
export function makeEngine({ sheets, templates, builtins }) {
  prepareEvents()
  glassEasel.globalOptions.writeFieldsToNode = false // a property named `dataset` must not hide the node's own
  glassEasel.addGlobalWarningListener?.(
    (warning) => !/is not a valid property/.test(String(warning?.message ?? warning)),
  )
  Object.assign(globalThis, { getRegExp: (p, f) => new RegExp(p, f), getDate: (...a) => new Date(...a) }) // for WXS

  const env = new MiniProgramEnv()
  const shared = env.getGlobalCodeSpace().getComponentSpace()
  const defined = Object.keys(BUILTINS).map((name) => [name, builtinComponent(shared, name, builtins)])
  const space = env.createCodeSpace('', true)
  for (const [name, definition] of defined) space.getComponentSpace().setGlobalUsingComponent(name, definition)
  keepIds(space)
  space.setOverallBehavior(
    space.getComponentSpace().defineBehavior({
      lifetimes: {
        created() {
          guardSetData(this)
        },
        // The framework leaves `ready` to its host.
        attached() {
          const component = this._$ ?? this
          requestAnimationFrame(() => component.triggerLifetime('ready', []))
        },
      },
    }),
  )
  const backend = new Backend()
  backend.onEvent(
    glassEasel.Event.triggerBackendEvent ??
      ((target, type, detail, options) => glassEasel.Event.triggerEvent(target, type, detail, options)),
  )
  const screen = env.associateBackend(backend)
  for (const [at, css] of Object.entries(sheets)) screen.registerStyleSheetContent(at, css)
  if (sheets.app !== undefined) space.addStyleSheet('app', 'app')
  const named = namedBehaviors(space)

  return {
    createRoot: (at) => screen.createRoot('page', space, at),
    configOf: (at) => space.getComponentStaticConfig(at) ?? {},
    /** Runs a component's code with `Page`, `Component` and `Behavior` meaning this component. */
    define(at, json, scope, code) {
      space.addComponentStaticConfig(at, json)
      space.addCompiledTemplate(at, { groupList: templates, content: templates[at] })
      if (sheets[at] !== undefined) space.addStyleSheet(at, at, scope ?? undefined)
      else if (scope) space.addStyleSheet(at, undefined, scope)
      space.componentEnv(at, (makers) => {
        const names = ['Page', 'Component', 'Behavior']
        const before = names.map((name) => globalThis[name])
        for (const name of names) globalThis[name] = (definition) => makers[name](withBehaviors(definition, named))
        try {
          code()
        } finally {
          names.forEach((name, i) => (globalThis[name] = before[i]))
        }
      })
    },
    /** For code outside any component, such as app.ts. */
    behavior: (definition) => space.behavior().definition(withBehaviors(definition, named)).register(),
  }
}

/** Ids stay as written, so that `#id` works in WXSS and in tests. */
function keepIds(space) {
  const prepare = space.prepareComponentOptions
  space.prepareComponentOptions = function (...given) {
    const result = prepare.apply(this, given)
    Object.assign(result[0], { writeIdToDOM: true, idPrefixGenerator: null })
    return result
  }
}

function namedBehaviors(space) {
  const make = (definition) => space.behavior().definition(definition).register()
  return {
    'wx://form-field': make({ properties: { name: String, value: { type: null } } }),
    'wx://form-field-group': make({}),
    'wx://form-field-button': make({}),
    'wx://component-export': make({}),
  }
}

function withBehaviors(definition, named) {
  if (!Array.isArray(definition?.behaviors)) return definition
  const behaviors = definition.behaviors.map((behavior) => {
    if (typeof behavior !== 'string') return behavior
    if (!named[behavior]) throw new Error(`unknown behavior "${behavior}"`)
    return named[behavior]
  })
  return { ...definition, behaviors }
}

function prepareEvents() {
  for (const key of ['touches', 'changedTouches']) {
    Object.defineProperty(glassEasel.Event.prototype, key, {
      get() {
        return [...(this.detail?.[key] ?? [])]
      },
    })
  }
  // Chromium makes listeners of touches on the body passive; a `catchtouchmove` could then not hold the page still.
  document.body.addEventListener = (type, listener, options) =>
    EventTarget.prototype.addEventListener.call(
      document.body,
      type,
      listener,
      type.startsWith('touch') ? { ...options, passive: false } : options,
    )
  let press
  document.addEventListener(
    'touchstart',
    (event) => {
      clearTimeout(press)
      let node = event.target
      while (node && !node.__wxElement) node = node.parentNode
      if (!node) return
      const { clientX: x, clientY: y } = event.touches[0]
      press = setTimeout(() => {
        for (const type of ['longpress', 'longtap']) {
          glassEasel.Event.triggerEvent(node.__wxElement, type, { x, y }, { bubbles: true, composed: true })
        }
      }, LONG_PRESS_MS)
    },
    true,
  )
  for (const type of ['touchend', 'touchmove', 'touchcancel']) {
    document.addEventListener(type, () => clearTimeout(press), true)
  }
}
