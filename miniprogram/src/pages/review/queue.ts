// The list one is working through on 待审, so that 办理详情 can lead to the next one. Lives as long as the app does.

let queue: string[] = []

export function setQueue(ids: string[]): void {
  queue = ids
}

/** This one is done, whatever was decided. */
export function done(id: string): void {
  queue = queue.filter((other) => other !== id)
}

/** The one after this one, going round; null: none is left. */
export function next(id: string): string | null {
  const at = queue.indexOf(id)
  const others = [...queue.slice(at + 1), ...queue.slice(0, Math.max(at, 0))].filter((other) => other !== id)
  return others[0] ?? null
}

export const left = (): number => queue.length
