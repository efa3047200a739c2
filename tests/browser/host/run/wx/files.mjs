// wx.getFileSystemManager and the saved files.
import { FileError, files, USER } from '../files.mjs'
import { call } from './async.mjs'

const now = () => Date.now()
const suffix = (path) => path.split('.').pop()

function toBytes(data, encoding = 'utf8') {
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0))
  if (encoding === 'base64') return Uint8Array.from(atob(data), (c) => c.charCodeAt(0))
  if (encoding === 'hex') return Uint8Array.from(data.match(/../g) ?? [], (pair) => parseInt(pair, 16))
  return new TextEncoder().encode(data)
}

function fromBytes(bytes, encoding, position = 0, length = bytes.length - position) {
  if (position < 0 || length < 0 || position > bytes.length) throw new FileError(1301111, 'invalid offset or length')
  const part = bytes.slice(position, position + length)
  if (!encoding) return part.buffer
  if (encoding === 'base64') return btoa(Array.from(part, (b) => String.fromCharCode(b)).join(''))
  if (encoding === 'hex') return Array.from(part, (b) => b.toString(16).padStart(2, '0')).join('')
  return new TextDecoder().decode(part)
}

const stats = ({ bytes, folder, time }) => ({
  size: bytes?.length ?? 0,
  mode: folder ? 16877 : 33188,
  lastAccessedTime: time / 1000,
  lastModifiedTime: time / 1000,
  isFile: () => !folder,
  isDirectory: () => Boolean(folder),
})

function writing({ filePath, data, encoding }) {
  const bytes = toBytes(data, encoding)
  files.admit(filePath, bytes)
  return { put: [[filePath, { bytes, time: now() }]] }
}

function removing({ filePath }) {
  if (files.entry(filePath).folder) throw new FileError(1301003, `illegal operation on a directory ${filePath}`)
  return { remove: [filePath] }
}

function makingFolder({ dirPath, recursive }) {
  if (files.exists(dirPath)) {
    if (recursive) return {}
    throw new FileError(1301005, `file already exists ${dirPath}`)
  }
  const parts = dirPath
    .slice(USER.length + 1)
    .split('/')
    .filter(Boolean)
  const paths = parts.map((_, i) => [USER, ...parts.slice(0, i + 1)].join('/')).filter((path) => !files.exists(path))
  if (!dirPath.startsWith(`${USER}/`) || (paths.length > 1 && !recursive)) {
    throw new FileError(1300002, `no such file or directory ${dirPath}`)
  }
  return { put: paths.map((path) => [path, { folder: true, time: now() }]) }
}

function copying(to, bytes) {
  files.admit(to, bytes)
  return { put: [[to, { bytes, time: now() }]] }
}

function renaming({ oldPath, newPath }) {
  return { ...copying(newPath, files.bytesNow(oldPath)), remove: [oldPath] }
}

function removingFolder({ dirPath, recursive }) {
  const inside = files.list(dirPath)
  if (inside.length > 0 && !recursive) throw new FileError(1300066, `directory not empty ${dirPath}`)
  const below = inside.flatMap((name) => {
    const path = `${dirPath}/${name}`
    return files.entry(path).folder ? removingFolder({ dirPath: path, recursive }).remove : [path]
  })
  return { remove: [...below, dirPath] }
}

function check(path) {
  if (!files.exists(path)) throw new FileError(1300002, `no such file or directory ${path}`)
}

async function save({ tempFilePath, filePath }) {
  if (!files.exists(tempFilePath)) throw new FileError(1301112, `tempFilePath file not exist ${tempFilePath}`)
  const savedFilePath = filePath ?? files.freshStorePath(suffix(tempFilePath))
  await files.change(copying(savedFilePath, await files.bytes(tempFilePath)))
  files.dropTemp(tempFilePath) // it is moved, not copied
  return { savedFilePath }
}

/** One call for the whole app, as WeChat has it. */
const manager = {
  access: call('access', ({ path }) => check(path)),
  readFile: call('readFile', async ({ filePath, encoding, position, length }) => ({
    data: fromBytes(await files.bytes(filePath), encoding, position, length),
  })),
  writeFile: call('writeFile', (options) => files.change(writing(options))),
  copyFile: call('copyFile', async ({ srcPath, destPath }) =>
    files.change(copying(destPath, (await files.bytes(srcPath)).slice())),
  ),
  rename: call('rename', (options) => files.change(renaming(options))),
  saveFile: call('saveFile', save),
  unlink: call('unlink', (options) => files.change(removing(options))),
  mkdir: call('mkdir', (options) => files.change(makingFolder(options))),
  rmdir: call('rmdir', (options) => files.change(removingFolder(options))),
  readdir: call('readdir', ({ dirPath }) => ({ files: files.list(dirPath) })),
  stat: call('stat', ({ path }) => ({ stats: stats(files.entry(path)) })),
  getFileInfo: call('getFileInfo', async ({ filePath }) => ({ size: (await files.bytes(filePath)).length })),
  getSavedFileList: call('getSavedFileList', () => ({
    fileList: files
      .saved()
      .map(([filePath, { bytes, time }]) => ({ filePath, size: bytes.length, createTime: time / 1000 })),
  })),
  removeSavedFile: call('removeSavedFile', (options) => files.change(removing(options))),

  accessSync: check,
  readFileSync: (filePath, encoding, position, length) =>
    fromBytes(files.bytesNow(filePath), encoding, position, length),
  writeFileSync: (filePath, data, encoding) => files.changeNow(writing({ filePath, data, encoding })),
  copyFileSync: (srcPath, destPath) => files.changeNow(copying(destPath, files.bytesNow(srcPath).slice())),
  renameSync: (oldPath, newPath) => files.changeNow(renaming({ oldPath, newPath })),
  unlinkSync: (filePath) => files.changeNow(removing({ filePath })),
  mkdirSync: (dirPath, recursive) => files.changeNow(makingFolder({ dirPath, recursive })),
  rmdirSync: (dirPath, recursive) => files.changeNow(removingFolder({ dirPath, recursive })),
  readdirSync: (dirPath) => files.list(dirPath),
  statSync: (path) => stats(files.entry(path)),
}

export const fileCalls = () => ({
  getFileSystemManager: () => manager,
  env: { USER_DATA_PATH: USER },
})
