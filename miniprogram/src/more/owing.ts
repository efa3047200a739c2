// Units that may owe something, of those a person looks after: what is asked for one of them is asked here.

import * as api from '../services/api'
import { ApiError } from '../services/errors'

export interface Owing {
  id: string
  name: string
}

/** A 党总支 and a department owe nothing by themselves. */
const OWES = ['branch', 'village', 'group', 'town']

export async function owingUnits(): Promise<Owing[]> {
  const fits = (unit: { kind: string }): boolean => OWES.indexOf(unit.kind) >= 0
  const named = ({ id, name }: { id: string; name: string }): Owing => ({ id, name })
  try {
    return (await api.units()).filter(fits).map(named)
  } catch (error) {
    // Whoever may not look at the town's tree sees the units of the own posts.
    if (!(error instanceof ApiError) || error.status !== 403) throw error
    const { posts } = await api.me()
    const held = posts.flatMap((post) => post.units ?? []).filter(fits)
    return [...new Map(held.map((unit) => [unit.id, named(unit)])).values()]
  }
}
