// A town that has been at work for a morning: records to review, a report with its answer, a suggestion with its answer.
import { createHash, randomUUID } from 'node:crypto'

/** What the demo town knows: duties by title, the records of its past by state. */
export async function townFacts(world) {
  const get = async (who, at) => (await must(world, who, 'GET', at)).body
  const duties = new Map()
  for (const who of ['CADRE', 'LI', 'WANG', 'AWAY', 'OFFICE']) {
    // Of several with one title the first is due first.
    for (const duty of await get(who, '/api/v1/duties/today')) {
      if (!duties.has(duty.title)) duties.set(duty.title, duty)
    }
  }
  const { records } = await get('OFFICE', '/api/v1/records')
  const villages = (await get('CADRE', '/api/v1/units')).filter((unit) => unit.kind === 'village')
  const { people } = await get('WANG', '/api/v1/people')
  return {
    duty: (title) => duties.get(title) ?? missing(title),
    record: (kind, state) => records.find((one) => one.kind === kind && one.state === state)?.id ?? missing(kind),
    village: villages[0].id,
    away: people.find((one) => one.name === '孙远').id,
    /** Proposes something about a duty, unless it is proposed already. */
    async ask(who, duty, form) {
      const { status, body } = await world.api(who, 'POST', `/api/v1/duties/${duty}/excuse`, form)
      if (status >= 300 && body.code !== 'duty.excuse_pending') throw new Error(JSON.stringify(body))
    },
    done: {},
    /** What a camera gives. */
    jpeg: await scene(world.browser, '某某服务站'),
  }
}

/** The morning; gives the facts with `done`: the ids of what was handed in. */
export async function liveIn(world, town) {
  const day = new Intl.DateTimeFormat('sv', { timeZone: 'Asia/Shanghai' }).format(new Date())
  const send = async (who, at, body) => (await must(world, who, 'POST', `/api/v1/${at}`, body)).body
  const common = (unit, given = {}) => ({
    id: randomUUID(),
    version_id: randomUUID(),
    unit_id: unit,
    happened_on: day,
    duty_ids: [],
    entry_channel: 'phone',
    photos: [],
    ...given,
  })
  const photo = async (who, slot, words) => ({ slot, hash: await upload(world, who, words) })

  const sign = common(town.village, {
    photos: [await photo('CADRE', 'before', '招商引资服务中心'), await photo('CADRE', 'after', '')],
  })
  await send('CADRE', 'signs', {
    record: sign,
    place: 'outside',
    text: '招商引资服务中心',
    finding: 'off_list',
    action: 'removed',
  })
  const desk = town.duty('设好便民服务大厅')
  const statement = common(desk.unit_id, {
    duty_ids: [desk.id],
    photos: [await photo('CADRE', 'other', '便民服务大厅')],
  })
  await send('CADRE', 'statements', { record: statement, text: '大厅已经设好,三个窗口,村民进门就能办。' })

  const held = town.duty('召开支委会')
  const meeting = (who, minutes, photos) => ({
    record: common(held.unit_id, { duty_ids: [held.id], photos }),
    types: ['committee'],
    place: '石桥村党群服务中心',
    host: '李卫国',
    recorder: who,
    topic: '商量本月工作',
    expected: 4,
    present: 3,
    absent: [{ name: '孙远', reason: '流动党员外出' }],
    minutes,
  })
  const first = meeting('王秀英', '商量了下个月的学习安排,定了周五下午集中学习。', [
    await photo('LI', 'meeting', '支委会'),
  ])
  const second = meeting('李卫国', '商量了下个月的学习安排。', [await photo('WANG', 'sheet', '签到表')])
  await send('LI', 'meetings', first)
  await send('WANG', 'meetings', second)

  const home = town.duty('向支部汇报半年情况')
  const report = common(home.unit_id, { duty_ids: [home.id] })
  await send('AWAY', 'reports', {
    record: report,
    place: '江苏省昆山市',
    life: '在电子厂上班,身体都好。',
    study: '用手机看了党课。',
    wishes: '盼着春节回来参加组织生活会。',
  })
  const answer = common(home.unit_id, { entered_for: town.away })
  await send('WANG', 'contacts', {
    record: answer,
    said: '收到了,年底组织生活会定在腊月二十,回来前打个招呼。',
    way: 'app',
    in_reply_to: report.id,
  })

  const wish = randomUUID()
  await send('CADRE', 'feedback', { id: wish, kind: 'suggestion', text: '希望表格再少一些,一件事只填一次。' })
  const { feedback } = (await must(world, 'OFFICE', 'GET', '/api/v1/feedback')).body
  const there = feedback.find((one) => one.id === wish)
  await send('OFFICE', `feedback/${there.id}/answer`, {
    id: randomUUID(),
    text: '收到,正在合并重复的表格,下月起用新的。',
  })
  town.done = { sign: sign.id, statement: statement.id, extra: second.record.id, report: report.id }
}

/** A photo of a wall with a board on it, or of where one was. */
async function scene(browser, words) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
  const board = words
    ? `<b style="padding:50px 60px;border:14px solid #8a1f1a;background:#fff;color:#8a1f1a;font-size:96px">${words}</b>`
    : '<b style="width:800px;height:220px;background:#cbbfab;border-radius:6px"></b>'
  await page.setContent(`<body style="margin:0;background:#d8cdbb;font-family:'Noto Sans CJK SC'">
    <div style="height:130px;background:#7a4a36"></div>
    <div style="height:560px;display:flex;align-items:center;justify-content:center">${board}</div>
    <div style="height:210px;background:#9c9c94"></div>`)
  try {
    return await page.screenshot({ type: 'jpeg', quality: 85 })
  } finally {
    await page.close()
  }
}

async function upload(world, who, words) {
  const bytes = await scene(world.browser, words)
  const hash = createHash('sha256').update(bytes).digest('hex')
  const form = new FormData()
  form.append('file', new Blob([bytes], { type: 'image/jpeg' }), 'photo.jpg')
  form.append('sha256', hash)
  const headers = { authorization: `Bearer ${world.person(who).token}`, 'x-client': 'test/1; schema=1' }
  const answer = await fetch(`${world.base}/api/v1/photos`, { method: 'POST', headers, body: form })
  if (!answer.ok) throw new Error(`photo: ${answer.status} ${await answer.text()}`)
  return hash
}

async function must(world, who, method, at, body) {
  const answer = await world.api(who, method, at, body)
  if (answer.status >= 300) throw new Error(`${who} ${method} ${at}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer
}

function missing(what) {
  throw new Error(`the demo town has no ${what}`)
}
