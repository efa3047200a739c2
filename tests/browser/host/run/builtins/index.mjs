// WeChat's built-in components, as far as they are used. Template tag `h-x` is a plain DOM <x>; others become <wx-x>.
//
// props: name → [type, default], or null for anything · dom: wire the element once · sync: bring it up to the data ·
// value: what a form reads · control: the inner element that carries the aria attributes.
import { choices } from './choices.mjs'
import { layout } from './layout.mjs'
import { media } from './media.mjs'
import { text } from './text.mjs'

export const BUILTINS = { ...layout, ...text, ...choices, ...media }
