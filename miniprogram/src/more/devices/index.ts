// Where I am logged in. A phone that was lost is logged out from here.

import { page } from '../../behaviors/page'
import * as account from '../../services/account'
import { now } from '../../services/clock'
import { sentence } from '../../services/errors'
import { load, SHELL } from '../../services/load'
import { confirm, toast } from '../../services/screen'
import { instant, momentLabel } from '../../utils/dates'

interface Line {
  session: string
  name: string
  this: boolean
  note: string
}

Component({
  behaviors: [page],
  data: { ...SHELL, known: true, lines: [] as Line[], busy: false },
  methods: {
    onShow() {
      void this.load()
    },
    async load() {
      await load(this, 'devices', account.devices, (devices) =>
        this.setData({ known: devices !== null, lines: (devices ?? []).map(lineOf).sort(thisFirst) }),
      )
    },
    async logOut(event: WechatMiniprogram.TouchEvent) {
      const line = this.data.lines[Number(event.currentTarget.dataset['at'])]
      if (!line || this.data.busy) return
      const words = '那部手机会马上退出,再用要重新登录。那里没有上传的内容还在那部手机里。'
      if (!(await confirm(`退出“${line.name}”?`, words, '退出', '不退'))) return
      this.setData({ busy: true })
      try {
        await account.logOutDevice(line.session)
        toast('已退出')
        await this.load()
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ busy: false })
      }
    },
  },
})

const thisFirst = (one: Line, other: Line): number => Number(other.this) - Number(one.this)

function lineOf({ session, name, this: here, started_at: started, last_used_at: used }: account.Device): Line {
  const moment = (at: string): string => momentLabel(instant(at), now())
  return {
    session,
    name: name || '没有名字的设备',
    this: here,
    note: `${moment(started)} 登录${used ? `,最近用过:${moment(used)}` : ''}`,
  }
}
