// Stands at every place where papers might be photographed, with the other way: the office enters it.

import { current } from '../../services/session'
import { confirm, toast } from '../../services/screen'
import { drafts, enqueue } from '../../outbox/index'

Component({
  properties: {
    /** The duty whose record the office is asked to enter. */
    dutyId: { type: String, value: '' },
    unitId: { type: String, value: '' },
    /** 会议记录 …: what is asked for. */
    what: { type: String, value: '' },
  },
  data: { asked: false },
  methods: {
    async ask() {
      const me = current()
      if (!me || this.data.asked) return
      const words = '镇里会收到您的请求,请把纸质材料送到镇党建办(不要拍照发群)。这里已填的内容仍在手机里。'
      if (!(await confirm('改由镇里录入?', words, '请镇里录', '再想想'))) return
      const { dutyId, unitId, what } = this.data
      const name = `clerk:${dutyId || unitId || 'any'}`
      const form = {
        kind: 'clerk_request',
        text: what ? `请镇里代为录入:${what}` : '请镇里代为录入',
        ...(unitId ? { unit_id: unitId } : {}),
        ...(dutyId ? { duty_id: dutyId } : {}),
      }
      try {
        drafts.open(me, name, { kind: 'feedback', form })
        await enqueue(name, `请镇里录入${what ? ` · ${what}` : ''}`)
        this.setData({ asked: true })
        this.triggerEvent('asked')
      } catch (error) {
        toast((error as Error).message)
      }
    },
  },
})
