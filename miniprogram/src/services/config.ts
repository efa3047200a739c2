// What differs between deployments. Everything here comes from the build or from `extConfig`; nothing is secret.

/** Sent with every request; the server reads forms by the schema named here. */
export const VERSION = '1.0.0'
export const FORM_SCHEMA = 1
export const CLIENT = `tuhe-phone/${VERSION}; schema=${FORM_SCHEMA}`

export interface Config {
  /** `https://…` without a slash at the end. Empty: the origin the pages came from, as in the web host. */
  baseUrl: string
  /** 主办单位; absent: shown as 试用. */
  operator: string
  /** 备案号 */
  filing: string
  /** Whom to call when nothing else helps. */
  hotline: string
}

let known: Config | null = null

export function config(): Config {
  if (known) return known
  const ext = wx.getExtConfigSync ? (wx.getExtConfigSync() as Partial<Config>) : {}
  known = {
    baseUrl: (ext.baseUrl ?? '').replace(/\/+$/, ''),
    operator: ext.operator ?? '',
    filing: ext.filing ?? '',
    hotline: ext.hotline ?? '',
  }
  return known
}
