// How a page comes by what it shows: at once what was last seen, then what is true now; without network the old one with
// its time.

import { showThenFetch } from './cache'
import { sentence } from './errors'
import { current, signIn, isLoggedOut } from './session'

/** The part of a page this needs; see `components/app-page`. */
export interface Shell {
  data: { loading: boolean }
  setData(data: object): void
}

export const SHELL = { loading: true, error: '', cachedAt: 0 }

/** For what is wanted only if it is there: no trouble is shown. */
export const quietly: Shell = { data: { loading: false }, setData: () => undefined }

/** `show` is called once or twice. An error is shown only where there is nothing else to show. */
export async function load<T>(
  page: Shell,
  name: string,
  fetch: () => Promise<T>,
  show: (value: T) => void,
): Promise<void> {
  page.setData({ error: '' })
  try {
    const me = current() ?? (isLoggedOut() ? null : await signIn())
    if (!me) return
    let staleAt = 0
    await showThenFetch(me, name, fetch, ({ value, at }, stale) => {
      staleAt = stale ? at : 0
      show(value)
      page.setData({ loading: false })
    })
    page.setData({ cachedAt: staleAt })
  } catch (error) {
    page.setData({ error: sentence(error), loading: false })
  }
}
