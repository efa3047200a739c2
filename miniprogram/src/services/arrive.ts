// Where a person arrives: at the page they meant, or first at 绑定 and from there at that very page.

import { current, isLoggedOut, onChange, signIn } from './session'

const BIND = 'pages/bind/index'
const HOME = 'pages/today/index'
const MINE = 'pages/me/index'

/** Leaves everything behind and opens this page: a path as reminders carry it, `pages/duty/index?id=…`. */
export function restart(page: string): void {
  open((page || HOME).replace(/^\//, ''))
}

/** Whoever is not bound, not logged in, or no longer bound is led to 绑定; once per launch. */
export function watchLogin(): void {
  onChange((session) => {
    if (!session) toBind()
  })
  // After the first page is there: only then does one know where the person wanted to go.
  if (isLoggedOut() && !current()) setTimeout(toBind, 0)
}

/** A page that asks the town for nothing finds out all the same who looks at it, so that a stranger is led on. */
export function askWho(): void {
  const stack = getCurrentPages()
  if (current() || isLoggedOut() || stack[stack.length - 1]?.route === BIND) return
  signIn().catch(() => undefined)
}

/** To 绑定; what was meant to be seen is kept. */
export function toBind(): void {
  const stack = getCurrentPages()
  const top = stack[stack.length - 1]
  if (top?.route === BIND) return
  // Whoever logs out on 我的 begins anew on 今日.
  const anew = !top || top.route === HOME || (isLoggedOut() && top.route === MINE)
  open(anew ? BIND : `${BIND}?to=${encodeURIComponent(pageOf(top))}`)
}

function open(page: string): void {
  wx.reLaunch({ url: `/${page}`, fail: () => undefined })
}

function pageOf({ route, options }: { route: string; options?: Record<string, string | undefined> }): string {
  // Values come as they were in the address, encoded.
  const query = Object.entries(options ?? {}).map(([name, value]) => `${name}=${value ?? ''}`)
  return query.length > 0 ? `${route}?${query.join('&')}` : route
}
