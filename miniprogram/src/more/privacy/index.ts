// What is kept of me and by whom it can be seen, by name where the server says so.

import { page } from '../../behaviors/page'
import * as account from '../../services/account'
import { load, SHELL } from '../../services/load'
import { openContract } from '../../services/privacy'
import { go } from '../../services/screen'

/** Names shown before one has to ask for more. */
const FEW = 6

interface Kind {
  kind: string
  label: string
  note: string
  by: { label: string; people: string }[]
}

Component({
  behaviors: [page],
  data: { ...SHELL, kinds: [] as Kind[] },
  methods: {
    onShow() {
      void this.load()
    },
    async load() {
      await load(this, 'visibility', account.visibility, (seen) => this.setData({ kinds: (seen ?? []).map(kindOf) }))
    },
    readContract() {
      openContract()
    },
    feedback() {
      go('/more/feedback/index')
    },
  },
})

function kindOf({ kind, label, note, by }: account.Seen): Kind {
  return { kind, label, note, by: by.map((role) => ({ label: role.label, people: namesOf(role.people) })) }
}

function namesOf(people: string[]): string {
  const rest = people.length - FEW
  return people.slice(0, FEW).join('、') + (rest > 0 ? ` 等 ${people.length} 人` : '')
}
