// What a unit does not owe, by the reason: one reason mostly holds for several things.

import type { NotOwed } from '../../services/api'

export interface Group {
  reason: string
  things: { code: string; title: string; cadence: string }[]
}

export function groupsOf({ rules }: NotOwed): Group[] {
  const groups = new Map<string, Group['things']>()
  for (const { reason, rule_code: code, title, cadence } of rules) {
    groups.set(reason, [...(groups.get(reason) ?? []), { code, title, cadence }])
  }
  return [...groups].map(([reason, things]) => ({ reason, things }))
}
