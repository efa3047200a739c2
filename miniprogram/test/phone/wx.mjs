// The part of `wx` the services and the outbox use, over a Device. The network is Node's; the canvas only pretends.

import http from 'node:http'
import { Killed } from './device.mjs'
import { encoded, isJpeg } from './jpeg.mjs'

const FOLDER = 'wxfile://usr'

/**
 * `base`: where requests go; null is no network at all. `loginCode`: an async function, what `wx.login` gives.
 * `answerSubscribe`: what the person taps. `address`: whom the server takes us for.
 */
export function makeWx(app, device, options) {
  const later = (work) => {
    setImmediate(() => {
      if (app.dead) return
      try {
        work()
      } catch (error) {
        if (!(error instanceof Killed)) throw error
      }
    })
  }
  /** A WeChat call with callbacks: its work in a later turn, its failure as errMsg. */
  const call =
    (name, work) =>
    (asked = {}) => {
      later(() => {
        let answer
        try {
          answer = work(asked) ?? {}
        } catch (error) {
          if (error instanceof Killed) return
          asked.fail?.({ errMsg: `${name}:fail ${error.message}` })
          asked.complete?.()
          return
        }
        asked.success?.({ errMsg: `${name}:ok`, ...answer })
        asked.complete?.()
      })
    }
  const content = (path) => device.file(path) ?? fail('no such file or directory')
  const place = (path, bytes) => {
    const before = device.files.get(path)?.length ?? 0
    if (device.fileBytes - before + bytes.length > device.fileLimit)
      fail('the maximum size of the file storage limit is exceeded')
    device.files.set(path, bytes)
  }

  const files = {
    access: call('access', ({ path }) => void (hasFolder(device, path) || content(path))),
    mkdir: call('mkdir', ({ dirPath }) =>
      device.write(app, () => void device.files.set(`${dirPath}/`, Buffer.alloc(0))),
    ),
    copyFile: call('copyFile', ({ srcPath, destPath }) => {
      const bytes = content(srcPath)
      device.write(
        app,
        () => place(destPath, bytes),
        () => place(destPath, bytes.subarray(0, bytes.length >> 1)),
      )
    }),
    rename: call('rename', ({ oldPath, newPath }) => {
      const bytes = content(oldPath)
      device.write(app, () => {
        device.files.delete(oldPath)
        device.files.set(newPath, bytes)
      })
    }),
    unlink: call('unlink', ({ filePath }) => {
      content(filePath)
      device.write(app, () => void device.files.delete(filePath))
    }),
    readdir: call('readdir', ({ dirPath }) => {
      if (!hasFolder(device, dirPath)) fail('no such file or directory')
      const names = [...device.files.keys()].filter((path) => path.startsWith(`${dirPath}/`))
      return { files: names.map((path) => path.slice(dirPath.length + 1)).filter((name) => name !== '') }
    }),
    getFileInfo: call('getFileInfo', ({ filePath }) => ({ size: content(filePath).length })),
    readFile: call('readFile', ({ filePath, position = 0, length }) => {
      const bytes = content(filePath)
      const part = bytes.subarray(position, length === undefined ? undefined : position + length)
      return { data: part.buffer.slice(part.byteOffset, part.byteOffset + part.length) }
    }),
  }

  const network = new Set()
  return {
    env: { USER_DATA_PATH: FOLDER },
    getStorageSync: (key) => {
      if (app.dead) throw new Killed()
      return device.storage.has(key) ? JSON.parse(device.storage.get(key)) : ''
    },
    setStorageSync: (key, value) => {
      const text = JSON.stringify(value)
      device.write(app, () => {
        const grown = device.storageKB + Math.ceil((text.length - (device.storage.get(key)?.length ?? 0)) / 1024)
        if (text.length > 1024 * 1024 || grown > device.storageLimitKB)
          fail('setStorageSync:fail exceed storage max size')
        device.storage.set(key, text)
      })
    },
    removeStorageSync: (key) => device.write(app, () => void device.storage.delete(key)),
    getStorageInfoSync: () => {
      if (app.dead) throw new Killed()
      return { keys: [...device.storage.keys()], currentSize: device.storageKB, limitSize: device.storageLimitKB }
    },
    getFileSystemManager: () => files,
    getRandomValues: call('getRandomValues', ({ length }) => {
      const bytes = new Uint8Array(length)
      globalThis.crypto.getRandomValues(bytes)
      return { randomValues: bytes.buffer }
    }),
    createOffscreenCanvas: () => canvas(device, later),
    getImageInfo: call('getImageInfo', ({ src }) => ({ orientation: content(src) && 'up' })),
    canvasToTempFilePath: call('canvasToTempFilePath', ({ canvas: { drawn } }) => ({
      tempFilePath: device.camera(encoded(drawn)),
    })),
    getNetworkType: call('getNetworkType', () => ({ networkType: device.networkType })),
    onNetworkStatusChange: (listener) => network.add(listener),
    /** For tests: the network changes. */
    changeNetwork: (networkType) => {
      device.networkType = networkType
      for (const listener of network) listener({ networkType, isConnected: networkType !== 'none' })
    },
    getDeviceInfo: () => ({ brand: '测试', model: '手机' }),
    getAppBaseInfo: () => ({ fontSizeScaleFactor: options.fontScale ?? 1 }),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop', version: '' } }),
    /** What the screen was asked for, newest last. */
    screen: [],
    pageScrollTo(asked) {
      this.screen.push(asked)
    },
    showToast(asked) {
      this.screen.push(asked)
    },
    getSetting: call('getSetting', () => ({ subscriptionsSetting: options.subscriptions ?? { mainSwitch: true } })),
    requestSubscribeMessage: (asked) => {
      const answer = options.answerSubscribe?.(asked.tmplIds) ?? { errCode: 20004 }
      later(() =>
        answer.errCode ? asked.fail?.(answer) : asked.success?.({ errMsg: 'requestSubscribeMessage:ok', ...answer }),
      )
    },
    login: (asked) => {
      if (device.networkType === 'none' || !options.loginCode)
        return later(() => asked.fail?.({ errMsg: 'login:fail' }))
      const failed = () => app.dead || asked.fail?.({ errMsg: 'login:fail' })
      options.loginCode().then((code) => app.dead || asked.success?.({ code }), failed)
    },
    request: (asked) => {
      const body = asked.data === undefined ? undefined : Buffer.from(asked.data)
      send(app, device, options, asked, asked.method ?? 'GET', { ...asked.header }, body)
    },
    uploadFile: (asked) => {
      const bytes = device.file(asked.filePath)
      if (!bytes) return later(() => asked.fail?.({ errMsg: 'uploadFile:fail file not found' }))
      const { type, body } = form(asked, bytes)
      send(app, device, options, asked, 'POST', { ...asked.header, 'content-type': type }, body)
    },
  }
}

function send(app, device, options, asked, method, header, body) {
  let over = false
  const end = (callback) => {
    if (over || app.dead) return
    over = true
    callback()
  }
  const fail = (why) => end(() => asked.fail?.({ errMsg: `request:fail ${why}` }))
  if (options.answer) {
    // A town made of a function, for tests without a server.
    Promise.resolve(options.answer({ method, path: asked.url, header, body })).then(
      (answer) => end(() => (answer ? asked.success?.(answer) : asked.fail?.({ errMsg: 'request:fail no answer' }))),
      (error) => fail(error.message),
    )
    return
  }
  if (device.networkType === 'none' || !options.base) {
    setImmediate(() => fail('no network'))
    return
  }
  const url = new URL(asked.url, options.base)
  const headers = { ...header, 'x-forwarded-for': options.address ?? '127.0.0.1', 'content-length': body?.length ?? 0 }
  const request = http.request(url, { method, headers, agent: false, timeout: options.timeout ?? 15_000 }, (answer) => {
    const parts = []
    answer.on('data', (part) => parts.push(part))
    answer.on('error', () => fail('reset'))
    answer.on('close', () => {
      if (!answer.complete) return fail('reset')
      const data = Buffer.concat(parts).toString()
      end(() => asked.success?.({ statusCode: answer.statusCode, header: answer.headers, data }))
    })
  })
  request.on('timeout', () => request.destroy(new Error('timeout')))
  request.on('error', (error) => fail(error.message))
  app.connections.add(request)
  request.on('close', () => app.connections.delete(request))
  request.end(body)
}

function form({ name, formData }, bytes) {
  const boundary = `----phone${Math.random().toString(36).slice(2)}`
  const parts = Object.entries(formData ?? {}).map(
    ([field, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  )
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="p.jpg"\r\ncontent-type: image/jpeg\r\n\r\n`
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(parts.join('') + head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  }
}

/** Reads what it is given as a JPEG or not at all; "draws" by handing the bytes on. */
function canvas(device, later) {
  const made = { width: 1, height: 1, drawn: null }
  made.createImage = () => {
    const image = { width: 0, height: 0 }
    Object.defineProperty(image, 'src', {
      set: (src) =>
        later(() => {
          const bytes = src.startsWith('data:') ? null : device.file(src)
          const readable = bytes === null || (bytes && isJpeg(bytes))
          if (!readable) return image.onerror?.(new Error('unreadable'))
          Object.assign(image, { width: bytes ? 64 : 1, height: bytes ? 48 : 2, bytes })
          image.onload?.()
        }),
    })
    return image
  }
  made.getContext = () => ({
    fillRect() {},
    translate() {},
    rotate() {},
    drawImage: (image) => {
      made.drawn = image.bytes
    },
  })
  return made
}

function hasFolder(device, path) {
  return device.files.has(`${path}/`)
}

function fail(message) {
  throw new Error(message)
}
