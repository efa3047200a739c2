// In WeChat what `setData` is given crosses to another thread as JSON. Here it does not, so it is checked instead.

/** The first place that is not plain JSON, or nothing. */
export function notPlain(value, at) {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${at} is ${value}`
  if (typeof value !== 'object') return `${at} is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`
  if (Array.isArray(value)) return first(value, (item, i) => notPlain(item, `${at}[${i}]`))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `${at} is a ${prototype.constructor?.name}`
  return first(Object.entries(value), ([key, item]) => notPlain(item, at ? `${at}.${key}` : key))
}

function first(items, judge) {
  for (const [i, item] of items.entries()) {
    const found = judge(item, i)
    if (found) return found
  }
  return undefined
}

/** Our own pages and components must not set anything else. Packages may do as they please. */
export function guardSetData(component) {
  const at = component.is ?? ''
  if (at.startsWith('miniprogram_npm/')) return
  const original = component.setData
  component.setData = function (data, done) {
    const found = notPlain(data, '')
    if (found) throw new Error(`${at}: setData: ${found}; only plain JSON crosses to the page`)
    return original.call(this, data, done)
  }
}
