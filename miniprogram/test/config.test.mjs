import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import { load } from './phone/load.mjs'

test('the released version speaks to the released server, the others to the one for trying things on', async () => {
  const { serverFor } = await load('src/services/config.ts')
  const [release, trial] = ['https://tuhe.example.cn/', 'https://try.example.cn']
  assert.equal(serverFor('release', release, trial), 'https://tuhe.example.cn')
  assert.equal(serverFor('trial', release, trial), 'https://try.example.cn')
  assert.equal(serverFor('develop', release, ''), 'https://tuhe.example.cn')
})

test('what is committed names no town’s server and no appid: nobody uploads to another town by mistake', async () => {
  const { RELEASE_SERVER, TRIAL_SERVER } = await load('src/config.ts')
  assert.deepEqual([RELEASE_SERVER, TRIAL_SERVER], ['', ''])
  const project = JSON.parse(await readFile(new URL('../project.config.json', import.meta.url)))
  assert.equal(project.appid, 'touristappid')
})
