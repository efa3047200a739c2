// Small settings of the services. Losing one is a nuisance, never a loss, so a full storage is not an error here;
// what people filled in goes through `outbox/store.ts` instead.

export function recall<T>(key: string): T | undefined {
  const value: unknown = wx.getStorageSync(key)
  return value === '' || value === undefined || value === null ? undefined : (value as T)
}

export function keep(key: string, value: unknown): boolean {
  try {
    wx.setStorageSync(key, value)
    return true
  } catch {
    return false
  }
}

export function forget(key: string): void {
  wx.removeStorageSync(key)
}
