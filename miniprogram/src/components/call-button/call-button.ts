// 打电话给联系人: one tap for one helper, a choice where there are several. Not there where nobody is known.

import { helperPhone, helpers, type Helper, type Helpers } from '../../services/assist'
import { sentence } from '../../services/errors'
import { choose, dial, toast } from '../../services/screen'

Component({
  properties: {
    label: { type: String, value: '打电话给联系人' },
  },
  data: { shown: false },
  lifetimes: {
    attached() {
      void this.prepare()
    },
  },
  methods: {
    async prepare() {
      const known = await helpers()
      this.setData({ shown: linesOf(known).length > 0 })
    },
    async press() {
      const known = await helpers()
      const lines = linesOf(known)
      const at =
        lines.length > 1
          ? await choose(
              '打给谁?',
              lines.map((line) => line.label),
            )
          : 0
      const line = at === null ? undefined : lines[at]
      if (line) await call(line)
    },
  },
})

interface Line {
  label: string
  helper?: Helper
  number?: string
}

function linesOf({ helpers: known, office_phone: office }: Helpers): Line[] {
  const people = known
    .filter((helper) => helper.has_phone)
    .map((helper) => ({ label: `${helper.name}(${helper.label})`, helper }))
  return office ? [...people, { label: '镇党建办', number: office }] : people
}

async function call({ helper, number }: Line): Promise<void> {
  try {
    const found = number ?? (helper && (await helperPhone(helper.person_id)))
    if (found) dial(found)
    else toast('没有登记他的电话,请问镇党建办。')
  } catch (error) {
    toast(sentence(error))
  }
}
