// Who this is and what he allows. The WeChat stand-in answers, through the host's own Node process.
import { keptAs, levers, phone } from '../levers.mjs'
import { agreed, CONTRACT, listenForPrivacy, permit } from '../privacy.mjs'
import { ui } from '../ui.mjs'
import { call } from './async.mjs'

async function ask(what, body) {
  const response = await fetch(`../host/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ openid: phone().openid, ...body }),
  })
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}

const code = (errCode, message) => Object.assign(new Error(message), { extra: { errCode } })
const MOST_TEMPLATES = 5
/** How long a tap is good for. */
const TAP_MS = 5000
let tapped = -Infinity

export function watchTaps() {
  const note = ({ isTrusted }) => isTrusted && (tapped = performance.now())
  for (const type of ['touchend', 'click']) document.addEventListener(type, note, true)
}

/** The answers of "always keep the above choices", by template. */
const keptAnswers = () => JSON.parse(localStorage.getItem(keptAs('subscriptions')) ?? '{}')

async function requestSubscribeMessage({ tmplIds }) {
  if (!tmplIds?.length) throw code(10001, 'TmplIds can not be empty')
  if (tmplIds.length > MOST_TEMPLATES) throw code(20003, 'Templates count out of max bounds')
  if (performance.now() - tapped > TAP_MS) throw new Error('can only be invoked by user TAP gesture.')
  if (!levers.mainSwitch) throw code(20004, 'The main switch is switched off')
  const kept = keptAnswers()
  const known = tmplIds.every((id) => kept[id]) && kept[tmplIds[0]]
  const choice = known || levers.answers.subscribe || (await ui.subscribe(tmplIds.length))
  const { errMsg, ...results } = await ask('tap', { templates: tmplIds, choice })
  if (errMsg && !errMsg.endsWith(':ok')) throw code(results.errCode, errMsg)
  if (choice.endsWith('_always')) {
    for (const id of tmplIds) kept[id] = choice
    localStorage.setItem(keptAs('subscriptions'), JSON.stringify(kept))
  }
  return results
}

function getSetting({ withSubscriptions }) {
  const authSetting = {}
  if (!withSubscriptions) return { authSetting }
  const itemSettings = Object.fromEntries(
    Object.entries(keptAnswers()).map(([id, choice]) => [id, choice.replace('_always', '')]),
  )
  return { authSetting, subscriptionsSetting: { mainSwitch: levers.mainSwitch, itemSettings } }
}

export const accountCalls = () => ({
  login: call('login', () => ask('login_code', {})),
  checkSession: call('checkSession', () => undefined),
  requestSubscribeMessage: call('requestSubscribeMessage', requestSubscribeMessage),
  getSetting: call('getSetting', getSetting),
  openSetting: call('openSetting', () => {
    ui.toast('预览里没有微信的设置页')
    return { authSetting: {} }
  }),
  getPrivacySetting: call('getPrivacySetting', () => ({ needAuthorization: !agreed(), privacyContractName: CONTRACT })),
  onNeedPrivacyAuthorization: listenForPrivacy,
  requirePrivacyAuthorize: call('requirePrivacyAuthorize', () => permit('requirePrivacyAuthorize')),
  openPrivacyContract: call('openPrivacyContract', async () => {
    await ui.dialog({ title: CONTRACT, content: '正式版在这里打开微信后台登记的隐私保护指引。', showCancel: false })
  }),
})
