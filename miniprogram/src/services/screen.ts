// Going to pages and WeChat's own pop-ups, for pages and components.

const TABS = ['/pages/today/index', '/pages/signs/index', '/pages/inbox/index', '/pages/me/index']
/** WeChat keeps ten pages; beyond that the last one is replaced. */
const DEEPEST = 10

/** Opens a page; `query` values are encoded here. */
export function go(path: string, query: Record<string, string | undefined> = {}): void {
  const url = withQuery(path, query)
  if (TABS.indexOf(path) >= 0) void wx.switchTab({ url: path })
  else if (getCurrentPages().length >= DEEPEST) void wx.redirectTo({ url })
  else void wx.navigateTo({ url })
}

/** Opens a page in place of this one, for what is not to be come back to. */
export function replace(path: string, query: Record<string, string | undefined> = {}): void {
  if (TABS.indexOf(path) >= 0) void wx.switchTab({ url: path })
  else void wx.redirectTo({ url: withQuery(path, query) })
}

/** Back to where one came from; a page opened from a reminder has nothing before it and leads to 今日. */
export function back(): void {
  if (getCurrentPages().length > 1) void wx.navigateBack({ delta: 1 })
  else void wx.switchTab({ url: '/pages/today/index' })
}

export function setTitle(title: string): void {
  void wx.setNavigationBarTitle({ title })
}

/** A word in passing. Whatever must be read stays on the page instead. */
export function toast(words: string): void {
  void wx.showToast({ title: words, icon: 'none', duration: 2500 })
}

/** Something to be read and closed. */
export function tell(title: string, words: string): Promise<void> {
  return new Promise((resolve) => {
    wx.showModal({ title, content: words, showCancel: false, confirmText: '知道了', complete: () => resolve() })
  })
}

/** A question; true: yes. WeChat shows at most four characters on a button. */
export function confirm(title: string, words: string, yes = '确定', no = '取消'): Promise<boolean> {
  return new Promise((resolve) => {
    wx.showModal({
      title,
      content: words,
      confirmText: yes,
      cancelText: no,
      success: (answer) => resolve(answer.confirm),
      fail: () => resolve(false),
    })
  })
}

/** One of several, from a sheet; null: none. WeChat shows at most six. */
export function choose(words: string, labels: string[]): Promise<number | null> {
  return new Promise((resolve) => {
    wx.showActionSheet({
      alertText: words,
      itemList: labels.slice(0, 6),
      success: ({ tapIndex }) => resolve(tapIndex),
      fail: () => resolve(null),
    })
  })
}

/** Shows pictures large: files of the phone or addresses. */
export function view(current: string, urls: string[] = [current]): void {
  void wx.previewImage({ current, urls })
}

/** Opens the phone's dialler. */
export function dial(number: string): void {
  void wx.makePhoneCall({ phoneNumber: number, fail: () => undefined })
}

/** Into the phone's clipboard; false where it would not take it. */
export function copy(words: string): Promise<boolean> {
  return new Promise((resolve) => {
    wx.setClipboardData({ data: words, success: () => resolve(true), fail: () => resolve(false) })
  })
}

export function scrollTo(selector: string): void {
  void wx.pageScrollTo({ selector, offsetTop: -16, duration: 200, fail: () => undefined })
}

export function scrollToTop(): void {
  void wx.pageScrollTo({ scrollTop: 0, duration: 0, fail: () => undefined })
}

export function stopRefresh(): void {
  void wx.stopPullDownRefresh()
}

function withQuery(path: string, query: Record<string, string | undefined>): string {
  const parts = Object.entries(query)
    .filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return parts.length > 0 ? `${path}?${parts.join('&')}` : path
}
