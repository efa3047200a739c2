// Which villages a person works in. Boards hang on a village's house, so every sign case belongs to one.

import { units } from './api'
import { ApiError } from './errors'

export interface Village {
  id: string
  name: string
}

/** None: nothing to do with signs for this person. */
export async function villages(): Promise<Village[]> {
  try {
    const all = await units()
    return all.filter((unit) => unit.kind === 'village').map(({ id, name }) => ({ id, name }))
  } catch (error) {
    // Whoever may not look at the town's tree has no village either.
    if (error instanceof ApiError && error.status === 403) return []
    throw error
  }
}
