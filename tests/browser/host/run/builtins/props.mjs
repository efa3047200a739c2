// Shorthands for properties.
export const WORD = [String, '']
export const FLAG = [Boolean, false]
export const COUNT = [Number, 0]
export const ANY = null

/** Every name with the same description. */
export const all = (description, names) => Object.fromEntries(names.split(' ').map((name) => [name, description]))

export const HOVER = {
  ...all(WORD, 'hoverClass'),
  ...all(FLAG, 'hoverStopPropagation'),
  ...all(COUNT, 'hoverStartTime hoverStayTime'),
}
