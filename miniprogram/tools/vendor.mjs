// Writes src/vendor/sha256.js from the locked @noble/hashes; `--check` says whether the file is still what it would be.
//
// Why not a plain dependency: WeChat's npm build packs only a package's root module, and that of @noble/hashes (every
// version) throws on purpose; sub-path imports do not exist in miniprogram_npm. One bundled file works in WeChat, in
// the web host and under Node alike. Version 2 is taken because its SHA-256 needs no BigInt (iOS < 14 has none).
import fs from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'

const root = path.resolve(import.meta.dirname, '..')
const file = path.join(root, 'src/vendor/sha256.js')
// The one newer built-in it calls (iOS < 15.4 has none).
const polyfill =
  'if (!Object.hasOwn) Object.hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key)'

const { outputFiles } = await build({
  stdin: { contents: "export { sha256 } from '@noble/hashes/sha2.js'", resolveDir: root },
  bundle: true,
  format: 'cjs',
  target: 'es2018',
  write: false,
  banner: { js: `// Made by tools/vendor.mjs from @noble/hashes (MIT, © Paul Miller). Do not edit.\n${polyfill}` },
})
const fresh = outputFiles[0].text
if (process.argv.includes('--check')) {
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== fresh) {
    console.error('src/vendor/sha256.js is not what the locked @noble/hashes gives. Run: npm run vendor')
    process.exit(1)
  }
} else {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, fresh)
}
