// What a test may turn, before the start (`globalThis.__levers`) or at any time (`__host.levers`).
export const levers = {
  /** What the phone believes the time to be, in milliseconds off the town's; before the start only. */
  clock: 0,
  /** The system's font size, as WeChat passes it on. */
  fontScale: 1,
  /** A network type such as '4g' or 'none'; null follows the browser. */
  network: null,
  /** Bytes of cached and user files together. */
  fileQuota: 200 * 1024 * 1024,
  /** Bytes of storage together, and of one key. */
  storageQuota: 10 * 1024 * 1024,
  storageItem: 1024 * 1024,
  /** WeChat's main switch for subscribe messages. */
  mainSwitch: true,
  /** Whether the privacy agreement has to be given first. */
  privacy: true,
  /** Answers every pop-up of WeChat's own: { subscribe: 'accept' | 'reject' | 'accept_always' | 'reject_always' }. */
  answers: {},
}

export const startLevers = () => Object.assign(levers, globalThis.__levers)

/** Whose phone this is; the server writes it into the page. */
export const phone = () => globalThis.__phone ?? { openid: 'nobody', name: '', role: '', device: '1' }

/** Everything kept is kept by phone, so that several people can use one browser. */
export const keptAs = (kind) => `${kind}/${phone().openid}/${phone().device}`
