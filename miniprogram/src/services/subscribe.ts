// 微信提醒: asking for consent, only from a tap, and telling the town what was answered. One accept is one message.
// What was answered is written down first and told when there is a network: a consent given in a basement counts too.

import * as api from './api'
import { now } from './clock'
import { ApiError } from './errors'
import { call, current } from './session'
import { keep, forget, recall } from './storage'
import { newId } from './ids'

/** After a no we do not ask by ourselves for so long. The button on 提醒 still works: that is the person asking us. */
const RESPECT = 30 * 24 * 3_600_000
const TOLD = 'gr:'

export interface Subscription {
  /** Absent while the office sends no WeChat messages. */
  templateId: string | null
  /** Messages that may still be sent, in words. */
  words: string
  left: number
  /** The person chose "always keep": WeChat asks no more and answers by itself. */
  always: 'accept' | 'reject' | null
  /** Messages of this mini-program are switched off altogether. */
  switchedOff: boolean
  /** When the person last said no here. */
  refusedAt: number | null
}

interface Told {
  tapId: string
  townId: string
  personId: string
  results: { template_id: string; answer: 'accept' | 'reject' | 'ban' | 'filter' }[]
}

export type Asked = 'accepted' | 'refused' | 'off' | 'unavailable'

/** What is known, for `ask` has to open the dialog at once: after a tap WeChat does not wait for an answer of ours. */
let known: Subscription | null = null
let telling: Promise<void> | null = null

/** Fetches what `ask` needs; on show of the pages that may ask. Without network the last answer stands. */
export async function prepare(): Promise<Subscription> {
  // An answer just given counts already.
  await telling
  const grants = await api.grants().catch(() => null)
  const settings = await settingsOf()
  const stored = recall<Subscription>(key())
  const templateId = grants ? (grants.template_id ?? null) : (stored?.templateId ?? null)
  known = {
    templateId,
    words: grants?.words ?? stored?.words ?? '',
    left: grants?.left ?? stored?.left ?? 0,
    always: always(settings, templateId),
    switchedOff: settings?.mainSwitch === false,
    refusedAt: stored?.refusedAt ?? null,
  }
  keep(key(), known)
  return known
}

/** Whether to ask after a deed: not after a no within 30 days, not where WeChat would not show anything. */
export function mayAsk(): boolean {
  if (!known?.templateId || known.switchedOff || known.always === 'reject') return false
  return known.refusedAt === null || Math.abs(now() - known.refusedAt) > RESPECT
}

/** Why we ask, in plain words, for the line above the button. */
export function why(): string {
  if (known?.switchedOff || known?.always === 'reject') {
    return '您在微信里关掉了本小程序的提醒。要打开,请点右上角“…”→ 设置 → 通知管理。'
  }
  if (known?.always === 'accept') return '您已选择“总是允许”,每次提交后都会自动多留一次提醒。'
  return '点一次“允许”,镇里就能在到期前给您发一条微信提醒;不点也不影响办事。'
}

/** Asks. Call it straight from the tap's handler, before anything is awaited. */
export function ask(): Promise<Asked> {
  const me = current()
  const templateId = known?.templateId
  if (!me || !templateId || !wx.requestSubscribeMessage) return Promise.resolve('unavailable')
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({
      tmplIds: [templateId],
      success: (answer) => {
        const word = answer[templateId] as Told['results'][number]['answer'] | undefined
        if (!word) return resolve('unavailable')
        const told: Told = {
          tapId: newId(),
          townId: me.townId,
          personId: me.personId,
          results: [{ template_id: templateId, answer: word }],
        }
        keep(TOLD + told.tapId, told)
        remember(word === 'reject' ? now() : null)
        void tell()
        resolve(word === 'accept' ? 'accepted' : 'refused')
      },
      // 20004: the main switch is off. The rest is WeChat's or the network's trouble.
      fail: (failure) => resolve((failure as { errCode?: number }).errCode === 20004 ? 'off' : 'unavailable'),
    })
  })
}

/** Tells the town what was answered and has not been told yet. One teller at a time. */
export function tell(): Promise<void> {
  telling ??= tellAll().finally(() => {
    telling = null
  })
  return telling
}

async function tellAll(): Promise<void> {
  const me = current()
  for (const stored of wx.getStorageInfoSync().keys.filter((name) => name.startsWith(TOLD))) {
    const told = recall<Told>(stored)
    if (!told || told.personId !== me?.personId || told.townId !== me.townId) continue
    try {
      const body = { tap_id: told.tapId, results: told.results }
      const grants = await call<api.Grants>({ method: 'POST', path: '/api/v1/grants', body }, told)
      if (known) known = { ...known, left: grants.left, words: grants.words }
      forget(stored)
    } catch (error) {
      if (!(error instanceof ApiError) || error.retry !== 'never') return
      forget(stored)
    }
  }
}

function remember(refusedAt: number | null): void {
  if (!known) return
  known = { ...known, refusedAt }
  keep(key(), known)
}

function key(): string {
  return `subscribe:${current()?.personId ?? ''}`
}

interface Settings {
  mainSwitch?: boolean
  itemSettings?: Record<string, string>
}

function settingsOf(): Promise<Settings | null> {
  return new Promise((resolve) => {
    wx.getSetting({
      withSubscriptions: true,
      success: (answer) => resolve((answer.subscriptionsSetting as Settings | undefined) ?? null),
      fail: () => resolve(null),
    })
  })
}

/** `itemSettings` holds templates with "always keep" only. */
function always(settings: Settings | null, templateId: string | null): 'accept' | 'reject' | null {
  const word = templateId === null ? undefined : settings?.itemSettings?.[templateId]
  if (word === undefined) return null
  return word.startsWith('accept') ? 'accept' : 'reject'
}
