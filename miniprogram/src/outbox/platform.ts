// The outbox's only way to the phone's storage and files. Tests put another one in its place.

import { encodeJpeg } from './platform-jpeg'

export interface Platform {
  /** Key-value storage: synchronous, and one write is all or nothing. */
  read(key: string): unknown
  write(key: string, value: unknown): void
  remove(key: string): void
  keys(): string[]
  /** In KB, as WeChat counts. */
  storage(): { used: number; limit: number }
  /** Files, in the outbox's own folder. Renaming is all or nothing; copying is not. */
  folder: string
  openFolder(): Promise<void>
  copy(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Names, with their sizes. */
  list(): Promise<{ name: string; bytes: number }[]>
  /** Null: there is no such file. */
  size(path: string): Promise<number | null>
  slice(path: string, at: number, length: number): Promise<Uint8Array>
  /** Draws the picture anew as a JPEG, upright, at most `edge` pixels on its long side; a temporary file. */
  encode(path: string, edge: number): Promise<string>
}

interface Callbacks<T> {
  success: (answer: T) => void
  fail: (failure: { errMsg: string }) => void
}

/** A WeChat call with callbacks as a promise. */
function done<T>(call: (callbacks: Callbacks<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call({ success: resolve, fail: (failure) => reject(new Error(failure.errMsg)) })
  })
}

const files = (): WechatMiniprogram.FileSystemManager => wx.getFileSystemManager()

export const wechat: Platform = {
  read: (key) => {
    const value: unknown = wx.getStorageSync(key)
    return value === '' ? undefined : value
  },
  write: (key, value) => wx.setStorageSync(key, value),
  remove: (key) => wx.removeStorageSync(key),
  keys: () => wx.getStorageInfoSync().keys,
  storage: () => {
    const { currentSize, limitSize } = wx.getStorageInfoSync()
    return { used: currentSize, limit: limitSize }
  },
  get folder() {
    return `${wx.env.USER_DATA_PATH}/outbox`
  },
  openFolder: async () => {
    try {
      await done((callbacks) => files().access({ path: wechat.folder, ...callbacks }))
    } catch {
      await done((callbacks) => files().mkdir({ dirPath: wechat.folder, recursive: true, ...callbacks }))
    }
  },
  copy: async (from, to) => {
    await done((callbacks) => files().copyFile({ srcPath: from, destPath: to, ...callbacks }))
  },
  rename: async (from, to) => {
    await done((callbacks) => files().rename({ oldPath: from, newPath: to, ...callbacks }))
  },
  unlink: async (path) => {
    await done((callbacks) => files().unlink({ filePath: path, ...callbacks }))
  },
  list: async () => {
    const { files: names } = await done<{ files: string[] }>((callbacks) =>
      files().readdir({ dirPath: wechat.folder, ...callbacks }),
    )
    const sizes = await Promise.all(names.map((name) => wechat.size(`${wechat.folder}/${name}`)))
    return names.map((name, i) => ({ name, bytes: sizes[i] ?? 0 }))
  },
  size: async (path) => {
    try {
      const info = await done<{ size: number }>((callbacks) => files().getFileInfo({ filePath: path, ...callbacks }))
      return info.size
    } catch {
      return null
    }
  },
  slice: async (path, at, length) => {
    const { data } = await done<{ data: string | ArrayBuffer }>((callbacks) =>
      files().readFile({ filePath: path, position: at, length, ...callbacks }),
    )
    return new Uint8Array(data as ArrayBuffer)
  },
  encode: encodeJpeg,
}

let chosen: Platform = wechat

export function platform(): Platform {
  return chosen
}

/** For tests. */
export function usePlatform(other: Platform): void {
  chosen = other
}
