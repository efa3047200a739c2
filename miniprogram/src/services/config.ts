// Which server this copy of the mini-program speaks to, and what it calls itself.

import { RELEASE_SERVER, TRIAL_SERVER } from '../config'

/** Sent with every request; the server reads forms by the schema named here. */
export const VERSION = '1.0.0'
export const FORM_SCHEMA = 1
export const CLIENT = `tuhe-phone/${VERSION}; schema=${FORM_SCHEMA}`

/** The version in use; in a released one, the number it was uploaded under. */
export function versionWords(): string {
  const { envVersion, version } = wx.getAccountInfoSync().miniProgram
  const released = version || VERSION
  return envVersion === 'release' ? released : envVersion === 'trial' ? `${VERSION} 体验版` : `${VERSION} 开发版`
}

let known: string | null = null

/** `https://…` without a slash at the end. Empty: the origin the pages came from, as in the web host. */
export function baseUrl(): string {
  known ??= serverFor(wx.getAccountInfoSync().miniProgram.envVersion, RELEASE_SERVER, TRIAL_SERVER)
  return known
}

export function serverFor(envVersion: string, release: string, trial: string): string {
  const chosen = envVersion === 'release' ? release : trial || release
  return chosen.replace(/\/+$/, '')
}
