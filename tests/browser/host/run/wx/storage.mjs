// Storage in localStorage, with WeChat's limits: 1 MB per key, 10 MB together.
import { keptAs, levers } from '../levers.mjs'
import { call } from './async.mjs'

const prefix = () => `${keptAs('storage')}/`
const bytesOf = (text) => new TextEncoder().encode(text).length

const keys = () =>
  Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix()))
    .map((key) => key.slice(prefix().length))
const used = () => keys().reduce((sum, key) => sum + bytesOf(localStorage.getItem(prefix() + key)), 0)

function put(name, key, data) {
  if (typeof key !== 'string' || key === '') throw new Error(`${name}:fail parameter error: key should be a string`)
  const text = JSON.stringify({ data })
  const old = localStorage.getItem(prefix() + key)
  if (bytesOf(text) > levers.storageItem) throw new Error(`${name}:fail exceed storage item max length`)
  const full = used() - (old === null ? 0 : bytesOf(old)) + bytesOf(text) > levers.storageQuota
  try {
    if (full) throw new DOMException('full', 'QuotaExceededError')
    localStorage.setItem(prefix() + key, text)
  } catch {
    throw new Error(`${name}:fail exceed storage max size 10Mb`)
  }
}

function get(key) {
  const text = localStorage.getItem(prefix() + key)
  return text === null ? undefined : JSON.parse(text).data
}

const remove = (key) => localStorage.removeItem(prefix() + key)
const clear = () => keys().forEach(remove)
const info = () => ({
  keys: keys(),
  currentSize: Math.ceil(used() / 1024),
  limitSize: Math.floor(levers.storageQuota / 1024),
})

export const storageCalls = () => ({
  setStorageSync: (key, data) => put('setStorageSync', key, data),
  getStorageSync: (key) => get(key) ?? '',
  removeStorageSync: remove,
  clearStorageSync: clear,
  getStorageInfoSync: info,
  setStorage: call('setStorage', ({ key, data }) => put('setStorage', key, data)),
  getStorage: call('getStorage', ({ key }) => {
    const data = get(key)
    if (data === undefined) throw new Error('getStorage:fail data not found')
    return { data }
  }),
  removeStorage: call('removeStorage', ({ key }) => remove(key)),
  clearStorage: call('clearStorage', clear),
  getStorageInfo: call('getStorageInfo', info),
})
