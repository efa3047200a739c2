// The app's life and what the phone says of itself.
import { levers } from '../levers.mjs'
import { call, listeners } from './async.mjs'

export const STATUS_BAR = 24
export const NAVIGATION_BAR = 44
const VERSION = '3.7.0'

export const life = {
  show: listeners(),
  hide: listeners(),
  error: listeners(),
  rejection: listeners(),
  missing: listeners(),
}

const windowInfo = () => ({
  pixelRatio: devicePixelRatio,
  screenWidth: innerWidth,
  screenHeight: innerHeight,
  windowWidth: innerWidth,
  windowHeight: document.getElementById('stack').clientHeight,
  statusBarHeight: STATUS_BAR,
  screenTop: STATUS_BAR + NAVIGATION_BAR,
  safeArea: {
    left: 0,
    top: STATUS_BAR,
    right: innerWidth,
    bottom: innerHeight,
    width: innerWidth,
    height: innerHeight - STATUS_BAR,
  },
})
const baseInfo = () => ({
  SDKVersion: VERSION,
  version: '8.0.50',
  language: 'zh_CN',
  theme: 'light',
  enableDebug: false,
  host: { env: 'WeChat' },
  fontSizeScaleFactor: levers.fontScale,
  fontSizeSetting: Math.round(16 * levers.fontScale),
})
const deviceInfo = () => ({ brand: 'web', model: 'web host', system: 'web', platform: 'devtools', benchmarkLevel: 40 })
const systemInfo = () => ({ ...windowInfo(), ...baseInfo(), ...deviceInfo() })

const update = listeners()

export const appCalls = ({ launch }) => ({
  getWindowInfo: windowInfo,
  getAppBaseInfo: baseInfo,
  getDeviceInfo: deviceInfo,
  getSystemInfoSync: systemInfo,
  getSystemSetting: () => ({ bluetoothEnabled: false, locationEnabled: false, wifiEnabled: true }),
  getAppAuthorizeSetting: () => ({ cameraAuthorized: 'authorized', albumAuthorized: 'authorized' }),
  getMenuButtonBoundingClientRect: () => ({
    width: 87,
    height: 32,
    top: STATUS_BAR + 6,
    bottom: STATUS_BAR + 38,
    left: innerWidth - 94,
    right: innerWidth - 7,
  }),
  getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop', version: '' } }),
  getLaunchOptionsSync: () => launch(),
  getEnterOptionsSync: () => launch(),
  getRandomValues: call('getRandomValues', ({ length }) => ({
    randomValues: crypto.getRandomValues(new Uint8Array(length)).buffer,
  })),
  getUpdateManager: () => ({
    onCheckForUpdate: (listener) => setTimeout(() => listener({ hasUpdate: false })),
    onUpdateReady: update.on,
    onUpdateFailed() {},
    applyUpdate: () => location.reload(),
  }),
  canIUse: (name) => name.split('.')[0] in globalThis.wx,
  nextTick: (work) => queueMicrotask(work),
  onAppShow: life.show.on,
  offAppShow: life.show.off,
  onAppHide: life.hide.on,
  offAppHide: life.hide.off,
  onError: life.error.on,
  offError: life.error.off,
  onUnhandledRejection: life.rejection.on,
  offUnhandledRejection: life.rejection.off,
  onPageNotFound: life.missing.on,
  offPageNotFound: life.missing.off,
  getRealtimeLogManager: () => ({ info() {}, warn() {}, error() {}, setFilterMsg() {}, addFilterMsg() {} }),
})

/** A new version is there, as `onUpdateReady` tells it. */
export const updateReady = () => update.tell()
