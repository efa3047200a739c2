// What older eyes and thumbs need, read off the page in front by geometry: runs in the browser, knows nothing of tests.

/**
 * Gives what is wrong as { rule, where, what }. `least` is the side of what can be touched and the size of letters, in
 * px: { target, text }. Scrolls the page to its end, because that is where things end up under the bar at the bottom.
 */
export function audit(least) {
  const frame = document.querySelector('.page-frame:not([hidden])')
  frame.scrollTop = frame.scrollHeight
  const edge = frame.getBoundingClientRect()
  const found = []
  const say = (rule, element, what) => found.push({ rule, where: nameOf(element), what })

  const everything = [...frame.querySelectorAll('*')].filter(isShown)
  const controls = everything.filter(isControl).map((element) => ({ element, box: touched(element) }))
  const texts = textNodes()
  const bar = frame.querySelector('[class*="page__bottom"]')

  for (const { element, box } of controls) judgeControl(element, box)
  judgeOverlaps()
  for (const text of texts) judgeText(text)
  for (const field of everything.filter((element) => element.matches('input, textarea'))) judgeField(field)
  for (const element of everything) judgeWidth(element)
  for (const picture of everything.filter((element) => element.localName === 'wx-image')) judgePicture(picture)
  if (bar) judgeBar()
  return found

  // ── what is on the page ────────────────────────────────────────────────────────────────────────────────────────

  function isShown(element) {
    const { visibility, display } = getComputedStyle(element)
    const box = element.getBoundingClientRect()
    return visibility === 'visible' && display !== 'none' && box.width > 0 && box.height > 0
  }

  function hasTap(element) {
    const target = element.__wxElement?._$eventTarget
    return Boolean(target?.listeners?.tap || target?.captureListeners?.tap)
  }

  function isControl(element) {
    if (element.closest('wx-picker wx-view[role=button]')) return false // the picker around it is the control
    return (
      hasTap(element) ||
      element.matches('input, textarea, wx-button, wx-picker, wx-navigator, [role=button], [role=link]')
    )
  }

  /** The box that can be touched: a native control is as large as the built-in, or as the label around it. */
  function touched(element) {
    const around = element.closest('wx-label') ?? element.closest('wx-input, wx-textarea') ?? element
    return around.getBoundingClientRect()
  }

  function textNodes() {
    const walker = document.createTreeWalker(frame, NodeFilter.SHOW_TEXT)
    const nodes = []
    while (walker.nextNode()) {
      const node = walker.currentNode
      const parent = node.parentElement
      if (!node.data.trim() || !isShown(parent) || parent.closest('style, script, textarea')) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      nodes.push({ words: node.data.trim(), parent, boxes: [...range.getClientRects()] })
    }
    return nodes
  }

  function nameOf(element) {
    const label = element.getAttribute('aria-label') ?? element.innerText ?? ''
    const classes = [...element.classList].map((name) => name.replace(/^.*--(?=[a-z]+[_-])/, '')).join('.')
    return `${element.localName}${classes ? `.${classes}` : ''} “${label.trim().replace(/\s+/g, ' ').slice(0, 24)}”`
  }

  // ── controls ───────────────────────────────────────────────────────────────────────────────────────────────────

  function judgeControl(element, box) {
    const said = element.matches('wx-picker') ? (element.querySelector('[role=button]') ?? element) : element
    const native = element.matches('input, textarea')
    if (!native && !said.getAttribute('role')) say('role', element, 'can be tapped but says not what it is')
    const name = said.getAttribute('aria-label') || (native ? '' : heard(said))
    if (!name.trim()) say('name', element, 'has no name')
    // A slider has buttons beside it that do the same.
    if (element.matches('[type=range]')) return
    if (box.width < least.target - 0.5 || box.height < least.target - 0.5) {
      say('target', element, `${round(box.width)} × ${round(box.height)}, should be ${least.target}`)
    }
    const outer = element.parentElement.closest('[role=button], [role=link], [role=checkbox], [role=radio], wx-button')
    if (outer && frame.contains(outer) && !native) say('nested', element, `lies within ${nameOf(outer)}`)
  }

  /** The words a screen reader reads out. */
  function heard(element) {
    return texts
      .filter(({ parent }) => element.contains(parent) && !parent.closest('[aria-hidden=true]'))
      .map(({ words }) => words)
      .join('')
  }

  function judgeOverlaps() {
    for (const [i, one] of controls.entries()) {
      for (const other of controls.slice(i + 1)) {
        if (one.element.contains(other.element) || other.element.contains(one.element)) continue
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left)
        const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top)
        if (wide > 1 && high > 1) say('overlap', one.element, `lies over ${nameOf(other.element)}`)
      }
    }
  }

  // ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────

  function judgeText({ words, parent, boxes }) {
    const style = getComputedStyle(parent)
    contrast(parent, style.color, words)
    size(parent, style, words)
    // Where spaces are kept, one hangs over the end of its line; nobody sees it.
    const slack = style.whiteSpace.startsWith('pre') ? parseFloat(style.fontSize) * 0.4 : 1
    for (let box = parent; box && box !== frame && box.localName !== 'wx-page'; box = box.parentElement) {
      const { overflowX, overflowY, textOverflow } = getComputedStyle(box)
      const inner = box.getBoundingClientRect()
      const right = boxes.some((b) => b.right > inner.right + slack || b.left < inner.left - 1)
      const below = boxes.some((b) => b.bottom > inner.bottom + 2 || b.top < inner.top - 2)
      const cuts = right && overflowX !== 'visible' && overflowX !== 'auto'
      if (cuts && textOverflow === 'ellipsis' && box.closest('[aria-label]')) return
      if (cuts || (below && overflowY === 'hidden')) return say('clipped', box, `cuts “${words.slice(0, 20)}”`)
      if ((right || below) && getComputedStyle(box).display !== 'inline') {
        return say('spills', box, `“${words.slice(0, 20)}” does not fit into it`)
      }
    }
  }

  function judgeField(field) {
    if (field.matches('[type=checkbox], [type=radio], [type=range]')) return
    const style = getComputedStyle(field)
    const empty = field.value === ''
    const words = empty ? field.placeholder : field.value
    if (!words) return
    contrast(field, empty ? getComputedStyle(field, '::placeholder').color : style.color, words)
    size(field, style, words)
    if (field.localName === 'textarea') {
      if (field.scrollHeight > field.clientHeight + 1) say('clipped', field, `cuts “${words.slice(0, 20)}”`)
      return
    }
    const pen = document.createElement('canvas').getContext('2d')
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`
    const spacing = parseFloat(style.letterSpacing) || 0
    if (empty && pen.measureText(words).width + spacing * words.length > field.clientWidth + 1) {
      say('clipped', field, `cuts “${words.slice(0, 20)}”`)
    }
    if (parseFloat(style.fontSize) * 1.15 > field.clientHeight) say('clipped', field, 'is lower than its letters')
  }

  function size(element, style, words) {
    const px = parseFloat(style.fontSize)
    if (px < least.text - 0.01)
      say('small', element, `“${words.slice(0, 20)}” has ${round(px)} px, should be ${least.text}`)
  }

  function contrast(element, colour, words) {
    const paper = paperUnder(element)
    const ink = over(parse(colour, seenThrough(element)), paper)
    const ratio = ratioOf(ink, paper)
    if (ratio < 4.5) say('contrast', element, `${round(ratio)} : 1 for “${words.slice(0, 20)}”`)
  }

  function paperUnder(element) {
    const layers = []
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor))
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1])
  }

  function seenThrough(element) {
    let opacity = 1
    for (let at = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity)
    return opacity
  }

  function parse(colour, opacity = 1) {
    const [r = 0, g = 0, b = 0, a = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number)
    return [r, g, b, a * opacity]
  }

  function over([r, g, b, a], below) {
    return [r * a + below[0] * (1 - a), g * a + below[1] * (1 - a), b * a + below[2] * (1 - a), 1]
  }

  function ratioOf(one, other) {
    const light = (colour) => {
      const [r, g, b] = colour.map((part) => {
        const share = part / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b)
    return (bright + 0.05) / (dark + 0.05)
  }

  // ── the page as a whole ────────────────────────────────────────────────────────────────────────────────────────

  function judgeWidth(element) {
    const box = element.getBoundingClientRect()
    const beyond = Math.max(box.right - edge.right, edge.left - box.left)
    if (beyond > 1) say('wide', element, `leaves the screen by ${round(beyond)} px`)
  }

  function judgePicture(picture) {
    if (picture.closest('[aria-hidden=true], [aria-label]')) return
    say('name', picture, 'is a picture nobody describes')
  }

  /** At the end of the page everything must lie above the bar, and the bar must leave room for the page. */
  function judgeBar() {
    const top = bar.getBoundingClientRect().top
    for (const { words, parent, boxes } of texts) {
      if (!bar.contains(parent) && boxes.some((box) => box.bottom > top + 1)) {
        say('covered', parent, `“${words.slice(0, 20)}” lies under the bar at the bottom`)
      }
    }
    const share = bar.getBoundingClientRect().height / edge.height
    if (share > 0.45) say('covered', bar, `takes ${round(share * 100)} % of the page`)
  }

  function round(number) {
    return Math.round(number * 10) / 10
  }
}
