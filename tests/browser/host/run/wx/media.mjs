// Pictures: choosing, measuring, re-encoding. `createOffscreenCanvas` and its images work on files of the mini-program.
import { FileError, files } from '../files.mjs'
import { permit } from '../privacy.mjs'
import { ui } from '../ui.mjs'
import { orientationOf } from './exif.mjs'
import { call } from './async.mjs'

const ACCEPT = { image: 'image/*', video: 'video/*', mix: 'image/*,video/*' }

async function chooseMedia({ count = 9, mediaType = ['image'], sourceType = ['album', 'camera'] }) {
  await permit('chooseMedia')
  const chosen = await ui.pick({
    accept: mediaType.map((type) => ACCEPT[type]).join(','),
    multiple: count > 1,
    capture: sourceType.includes('album') ? undefined : 'environment',
  })
  if (chosen.length === 0) throw new Error('chooseMedia:fail cancel')
  const tempFiles = chosen.slice(0, count).map((file) => ({
    tempFilePath: files.temp(file, file.name.split('.').pop().toLowerCase()),
    size: file.size,
    fileType: file.type.split('/')[0],
  }))
  return { type: 'image', tempFiles }
}

/** As WeChat gives it: the pixels as they lie, and how they are to be turned. */
async function getImageInfo({ src }) {
  const blob = await files.blob(src)
  const bitmap = await decode(blob, { imageOrientation: 'none' })
  const { width, height } = bitmap
  bitmap.close()
  const bytes = new Uint8Array(await blob.arrayBuffer())
  return { width, height, path: src, orientation: orientationOf(bytes), type: kindOf(bytes) }
}

function kindOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return 'jpeg'
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return 'png'
  return bytes[0] === 0x47 && bytes[1] === 0x49 ? 'gif' : 'unknown'
}

async function decode(blob, options) {
  try {
    return await createImageBitmap(blob, options)
  } catch {
    throw new FileError(1107005, 'decode image fail')
  }
}

async function compressImage({ src, quality = 80, compressedWidth, compressedHeight }) {
  const bitmap = await decode(await files.blob(src))
  const ratio = compressedWidth
    ? compressedWidth / bitmap.width
    : compressedHeight
      ? compressedHeight / bitmap.height
      : 1
  const canvas = offscreen({ width: Math.round(bitmap.width * ratio), height: Math.round(bitmap.height * ratio) })
  canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return canvasToTempFilePath({ canvas, fileType: 'jpg', quality: quality / 100 })
}

function offscreen({ width = 300, height = 150, type = '2d' } = {}) {
  if (type !== '2d') throw new Error(`createOffscreenCanvas type "${type}" is not in the web host`)
  return withImages(Object.assign(document.createElement('canvas'), { width, height }))
}

/** A canvas of WeChat makes its own images, and they take the mini-program's paths. */
export function withImages(canvas) {
  canvas.createImage = () => {
    const image = new Image()
    const { set, get } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src')
    Object.defineProperty(image, 'src', {
      get: () => get.call(image),
      set: (path) => set.call(image, files.url(path)),
    })
    return image
  }
  canvas.requestAnimationFrame = (work) => requestAnimationFrame(work)
  canvas.cancelAnimationFrame = (id) => cancelAnimationFrame(id)
  return canvas
}

async function canvasToTempFilePath({
  canvas,
  x = 0,
  y = 0,
  width,
  height,
  destWidth,
  destHeight,
  fileType = 'png',
  quality = 1,
}) {
  if (!canvas) throw new Error('canvasToTempFilePath:fail give the canvas itself; ids are not in the web host')
  const from = { width: width ?? canvas.width - x, height: height ?? canvas.height - y }
  const to = Object.assign(document.createElement('canvas'), {
    width: destWidth ?? from.width,
    height: destHeight ?? from.height,
  })
  to.getContext('2d').drawImage(canvas, x, y, from.width, from.height, 0, 0, to.width, to.height)
  const type = fileType === 'jpg' || fileType === 'jpeg' ? 'image/jpeg' : 'image/png'
  const blob = await new Promise((resolve) => to.toBlob(resolve, type, quality))
  if (!blob) throw new Error('canvasToTempFilePath:fail create bitmap failed')
  return { tempFilePath: files.temp(blob, type === 'image/jpeg' ? 'jpg' : 'png') }
}

export const mediaCalls = () => ({
  chooseMedia: call('chooseMedia', chooseMedia),
  getImageInfo: call('getImageInfo', getImageInfo),
  compressImage: call('compressImage', compressImage),
  createOffscreenCanvas: offscreen,
  canvasToTempFilePath: call('canvasToTempFilePath', canvasToTempFilePath),
  previewImage: call('previewImage', ({ current, urls }) => ui.show(files.url(current ?? urls[0]))),
})
