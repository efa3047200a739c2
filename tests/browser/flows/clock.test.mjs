// A phone whose clock is days off: it is told so, the form has the town's date, and no verdict changes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeJpeg } from '../lib/browser.mjs'
import { arrives, duty, ids, photosOn, records } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

const DAY = 86_400_000
const BANNER = '手机的日期时间不对'

let world
let picture
before(async () => {
  world = await startWorld()
  picture = await makeJpeg(world.browser, { width: 400, height: 300 })
})
after(() => world?.close())

for (const [who, shell, branch, days] of [
  ['李卫国', 'LI', '石桥村第一党支部', 5],
  ['李小禾', 'CADRE', '石桥村第二党支部', -40],
]) {
  test(`${who}'s clock is ${days} days off, and the study day of today is on time all the same`, async () => {
    const due = await duty(world, shell, '固定学习日', branch)
    const known = ids(await records(world, 'OFFICE', 'meeting'))
    const phone = await world.openAs(who, { clock: days * DAY, levers: { privacy: false } })
    await phone.sees(BANNER)
    await phone.sees(`${Number(due.last.slice(0, 4))}年${dayWords(due.last)}`)
    await phone.sees(`${dayWords(due.last)}前(今天)`)
    // Also where no answer can be heard any more: what the town's clock says is remembered.
    await phone.offline()
    await phone.reopen(`pages/meeting/index?duty=${due.id}`)
    await phone.sees(BANNER)
    assert.equal((await phone.data()).form.happenedOn, due.last)
    await phone.type('在哪里开的?', '村委会')
    await phone.type('谁主持的?', '李卫国')
    await phone.type('会议内容', '学习了上级文件。')
    if ((await phone.data()).form.expected === 0) await phone.type('应到几人', '5')
    await phone.photo('拍照:会场', picture)
    await photosOn(phone, 1)
    await phone.tap('提交会议记录')
    await phone.sees('填好了,存在手机里')
    await phone.online()
    await phone.sees('交好了')

    const meeting = await arrives(world, 'OFFICE', 'meeting', { before: known })
    assert.equal(meeting.happened_on, due.last)
    assert.deepEqual(
      meeting.duties.map(({ duty_id, verdict, extra }) => [duty_id, verdict, extra]),
      [[due.id, 'on_time', false]],
    )
    await phone.close()
  })
}

const dayWords = (day) => `${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`
