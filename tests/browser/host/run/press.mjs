// The click that follows a touch may fall on what the touch has just uncovered, or put on top; on a busy machine long
// after. The host's own buttons heed a click only if it began on them.

let begun = []

export function watchPresses() {
  document.addEventListener('pointerdown', (event) => (begun = event.composedPath()), true)
}

/** Whether this click began within the element; one from the keyboard or from a program has no beginning. */
export const beganIn = (event, element) => event.detail === 0 || begun.includes(element)
