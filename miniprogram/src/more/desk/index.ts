// 电脑登录: says that the office's computer in front of me is mine. It shows eight digits; nobody types a password there.

import { page } from '../../behaviors/page'
import * as account from '../../services/account'
import { sentence } from '../../services/errors'
import { SHELL } from '../../services/load'
import { back } from '../../services/screen'

/** What the computer shows. */
const DIGITS = /^\d{8}$/

Component({
  behaviors: [page],
  data: { ...SHELL, loading: false, code: '', problem: '', busy: false, done: false },
  methods: {
    write(event: WechatMiniprogram.CustomEvent) {
      this.setData({ code: (event.detail as { value: string }).value, problem: '' })
    },
    async confirm() {
      const code = this.data.code.replace(/\s/g, '')
      if (!DIGITS.test(code)) return this.setData({ problem: '请填电脑屏幕上的 8 位数字。' })
      this.setData({ busy: true })
      try {
        await account.confirmDesk(code)
        this.setData({ done: true, problem: '' })
      } catch (error) {
        this.setData({ problem: sentence(error) })
      } finally {
        this.setData({ busy: false })
      }
    },
    finish: () => back(),
  },
})
