// Whether there is a network, whether it is Wi-Fi, and whether the town's system answers over it.

export type Reach = 'online' | 'offline' | 'unreachable'

let type = 'unknown'
let reachable = true
let watching = false
const listeners = new Set<() => void>()

/** Starts watching; once per launch. */
export function watch(): void {
  if (watching) return
  watching = true
  wx.getNetworkType({ success: (answer) => changed(answer.networkType) })
  wx.onNetworkStatusChange((answer) => changed(answer.isConnected ? answer.networkType : 'none'))
}

export function reach(): Reach {
  if (type === 'none') return 'offline'
  return reachable ? 'online' : 'unreachable'
}

export function isWifi(): boolean {
  return type === 'wifi'
}

/** Calls back when the network comes, goes, or changes its kind, and when the town answers again or no more. */
export function onChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Told by `http.ts`. */
export function answered(): void {
  if (reachable) return
  reachable = true
  tell()
}

/** Told by `http.ts`. */
export function unanswered(): void {
  if (!reachable) return
  reachable = false
  tell()
}

/** The line at the top of every page; empty while all is well. */
export function banner(): string {
  switch (reach()) {
    case 'offline':
      return '现在没有网络。可以照常填写,内容先存在手机里,有网后自动上传。'
    case 'unreachable':
      return '镇里的系统暂时连不上。可以照常填写,稍后自动上传。'
    case 'online':
      return ''
  }
}

function changed(fresh: string): void {
  if (fresh === type) return
  type = fresh
  // A new network deserves a new try.
  reachable = true
  tell()
}

function tell(): void {
  for (const listener of [...listeners]) listener()
}
