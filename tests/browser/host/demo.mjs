// `./dev run`: the demo town and, in front of it, the mini-program in a browser. Whichever ends first ends the other:
// the town ends with its standard input, so that nothing outlives this process, not even a kill -9 of it.
//
//   node host/demo.mjs PROGRAM [arguments of `tuhe demo`]
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build } from './build.mjs'
import { serve } from './serve.mjs'

const PORT = 8095
const LOOK_MS = 100

const [program, ...given] = process.argv.slice(2)
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'tuhe-run-'))
process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }))

const ready = path.join(scratch, 'ready.json')
const town = spawn(program, ['demo', '--ready', ready, '--exit-with-stdin', ...given], {
  stdio: ['pipe', 'inherit', 'inherit'],
})
town.on('error', (error) => {
  console.error(`${program}: ${error.message}`)
  process.exit(1)
})
town.on('close', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
// Ctrl-C reaches the town as well; asking twice does no harm. We end when it has.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => town.stdin.end())

try {
  const { problems } = await build()
  if (problems.length > 0) throw new Error(`the mini-program does not build:\n${problems.join('\n')}`)
  while (!fs.existsSync(ready)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  const { base, control, people } = JSON.parse(fs.readFileSync(ready, 'utf8'))
  const wanted = Number(process.env.TUHE_PHONE_PORT ?? PORT)
  const settings = { upstream: base, control, people }
  // Another preview may have the port already.
  const host = await serve({ ...settings, port: wanted }).catch(() => serve(settings))
  console.log(`\n小程序预览(任选一位演示人员的手机):${host.url}`)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
  town.stdin.end()
}
