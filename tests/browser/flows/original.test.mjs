// 调取原图: the office fetches a photo as it was received, from the record it belongs to, at the office's screen and at a
// phone's.
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { SIZES, deskByCode, flaws } from '../lib/desk.mjs'
import { ok } from '../lib/town.mjs'
import { startWorld } from '../lib/world.mjs'

let world
before(async () => {
  world = await startWorld()
})
after(() => world?.close())

/** A statement of 石桥村 with one photo, whose bytes are these. */
async function recordWith(bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex')
  const form = new FormData()
  form.append('file', new Blob([bytes]), 'photo.jpg')
  form.append('sha256', hash)
  const headers = { authorization: `Bearer ${world.person('CADRE').token}` }
  const answer = await fetch(`${world.base}/api/v1/photos`, { method: 'POST', headers, body: form })
  assert.equal(answer.status, 200)
  const units = await ok(world.api('OFFICE', 'GET', '/api/v1/units'))
  const village = units.find(({ kind, name }) => kind === 'village' && name.startsWith('石桥'))
  const now = new Date(Date.parse(answer.headers.get('date')) + 8 * 3600_000)
  const record = {
    id: randomUUID(),
    version_id: randomUUID(),
    unit_id: village.id,
    happened_on: now.toISOString().slice(0, 10),
    duty_ids: [],
    entry_channel: 'phone',
    photos: [{ slot: 'other', hash }],
  }
  await ok(world.api('CADRE', 'POST', '/api/v1/statements', { record, text: '大厅已经设好' }))
  return record.id
}

for (const size of SIZES) {
  test(`陈静 fetches an original with a reason at ${size.width} px`, async () => {
    const desk = await deskByCode(world, 'OFFICE', size)
    const bytes = await desk.page.screenshot({ type: 'jpeg', quality: 60 + SIZES.indexOf(size) })
    const id = await recordWith(bytes)
    await desk.open(`/console/records/${id}`)
    await desk.page.getByText('调取原图').click()
    assert.deepEqual(await flaws(desk.page), [])
    if (process.env.TUHE_TEST_SHOTS) {
      await desk.page.screenshot({ path: `${process.env.TUHE_TEST_SHOTS}/original-${size.width}.png`, fullPage: true })
    }
    await desk.page.getByLabel('为什么要调取').fill('核对拍摄时间')
    const coming = desk.page.waitForEvent('download')
    await desk.page.getByRole('button', { name: '下载原图' }).click()
    const download = await coming
    assert.match(download.suggestedFilename(), /^[0-9a-f]{64}\.jpg$/)
    assert.deepEqual(await readFile(await download.path()), bytes)
    await desk.close()
  })
}
