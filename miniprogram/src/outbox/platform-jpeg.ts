// Draws a picture anew as a JPEG of at most so many pixels: smaller over a weak signal, without the metadata (place and
// phone), and readable by everybody: what an iPhone keeps as HEIC leaves the phone as JPEG.

import { unreadablePhoto } from './errors'

const QUALITY = 0.85

/** Turns of the EXIF orientations, clockwise; the mirrored ones do not come from cameras. */
const TURNS: Record<string, number> = { up: 0, right: 90, down: 180, left: 270 }

export async function encodeJpeg(path: string, edge: number): Promise<string> {
  const canvas = wx.createOffscreenCanvas({ type: '2d', width: 1, height: 1 })
  const [picture, info] = await Promise.all([load(canvas, path), infoOf(path)])
  const turn = (await turnsByItself()) ? 0 : (TURNS[info.orientation ?? 'up'] ?? 0)
  const scale = Math.min(1, edge / Math.max(picture.width, picture.height))
  const width = Math.max(1, Math.round(picture.width * scale))
  const height = Math.max(1, Math.round(picture.height * scale))
  const onItsSide = turn % 180 !== 0
  canvas.width = onItsSide ? height : width
  canvas.height = onItsSide ? width : height
  const pen = canvas.getContext('2d') as CanvasRenderingContext
  // A transparent PNG would come out black.
  pen.fillStyle = '#ffffff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.translate(canvas.width / 2, canvas.height / 2)
  pen.rotate((turn * Math.PI) / 180)
  pen.drawImage(picture, -width / 2, -height / 2, width, height)
  return toFile(canvas)
}

/** The part of a 2D context used here. */
interface CanvasRenderingContext {
  fillStyle: string
  fillRect(x: number, y: number, width: number, height: number): void
  translate(x: number, y: number): void
  rotate(angle: number): void
  drawImage(picture: unknown, x: number, y: number, width: number, height: number): void
}

function load(canvas: WechatMiniprogram.OffscreenCanvas, src: string): Promise<WechatMiniprogram.Image> {
  return new Promise((resolve, reject) => {
    const picture = canvas.createImage()
    picture.onload = () => (picture.width > 0 ? resolve(picture) : reject(unreadablePhoto()))
    picture.onerror = () => reject(unreadablePhoto())
    picture.src = src
  })
}

function infoOf(src: string): Promise<{ orientation?: string }> {
  return new Promise((resolve) => {
    wx.getImageInfo({ src, success: resolve, fail: () => resolve({}) })
  })
}

function toFile(canvas: WechatMiniprogram.OffscreenCanvas): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.canvasToTempFilePath({
      // WeChat takes an off-screen canvas here; its typings know the one on the page only.
      canvas: canvas as unknown as WechatMiniprogram.Canvas,
      fileType: 'jpg',
      quality: QUALITY,
      destWidth: canvas.width,
      destHeight: canvas.height,
      success: (answer) => resolve(answer.tempFilePath),
      fail: () => reject(unreadablePhoto()),
    })
  })
}

/** A JPEG of 2 × 1 pixels whose EXIF says "turn me by 90°". */
const PROBE =
  'data:image/jpeg;base64,' +
  '/9j/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB' +
  'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAABAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAA' +
  'AAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z'

let turns: Promise<boolean> | null = null

/**
 * Whether this phone's decoder applies the EXIF orientation by itself. Some do, some do not, and no document says which;
 * so we draw a picture that tells.
 */
function turnsByItself(): Promise<boolean> {
  turns ??= load(wx.createOffscreenCanvas({ type: '2d', width: 1, height: 1 }), PROBE).then(
    (picture) => picture.height > picture.width,
    // A decoder that cannot read a data address: assume the usual, and ask again with the next photo.
    () => {
      turns = null
      return true
    },
  )
  return turns
}
