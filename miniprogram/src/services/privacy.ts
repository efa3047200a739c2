// WeChat's privacy agreement. Without it the camera stays shut; everything else can be done.

import { keep, recall } from './storage'

const AGREED = 'privacy:agreed'

export interface Agreement {
  needed: boolean
  /** 《…隐私保护指引》, as registered with WeChat. */
  name: string
}

export function agreement(): Promise<Agreement> {
  const name = '《用户隐私保护指引》'
  return new Promise((resolve) => {
    // Before base library 2.32.3 WeChat asks nothing; our own words are shown once all the same.
    if (!wx.getPrivacySetting) return resolve({ needed: recall<boolean>(AGREED) !== true, name })
    wx.getPrivacySetting({
      success: ({ needAuthorization, privacyContractName }) =>
        resolve({ needed: needAuthorization, name: privacyContractName || name }),
      fail: () => resolve({ needed: recall<boolean>(AGREED) !== true, name }),
    })
  })
}

/** The button with WeChat's own open-type has told WeChat; this is for phones whose WeChat does not ask. */
export function agreed(): void {
  keep(AGREED, true)
}

export function openContract(): void {
  wx.openPrivacyContract?.({ fail: () => undefined })
}
