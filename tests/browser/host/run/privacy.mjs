// WeChat's privacy agreement: calls that touch private things wait until it is given.
import { keptAs, levers } from './levers.mjs'
import { ui } from './ui.mjs'

export const CONTRACT = '《图河六项小程序隐私保护指引》'
const REFUSED = 'privacy permission is not authorized'
let listener

const key = () => keptAs('privacy')
export const agreed = () => !levers.privacy || localStorage.getItem(key()) === 'agreed'
const agree = () => localStorage.setItem(key(), 'agreed')

export const listenForPrivacy = (given) => void (listener = given)

/** Lets the call pass once the person has agreed; the mini-program's own page asks, or WeChat does. */
export async function permit(name) {
  if (agreed()) return
  const answer = await new Promise((resolve) => {
    if (listener) listener(resolve, { referrer: name })
    else void officialQuestion().then(resolve)
  })
  if (answer.event === 'agree') agree()
  if (!agreed()) throw Object.assign(new Error(`${name}:fail ${REFUSED}`), { extra: { errno: 104 } })
}

async function officialQuestion() {
  const { confirm } = await ui.dialog({
    title: '隐私保护提示',
    content: CONTRACT,
    confirmText: '同意',
    cancelText: '拒绝',
  })
  return { event: confirm ? 'agree' : 'disagree' }
}

/** What a button's open-type does. */
export function pressed(openType, id, component) {
  for (const type of (openType || '').split('|').filter(Boolean)) {
    if (type === 'agreePrivacyAuthorization') {
      agree()
      component.triggerEvent('agreeprivacyauthorization', { errMsg: 'agreePrivacyAuthorization:ok', buttonId: id })
    } else if (type === 'openSetting') {
      component.triggerEvent('opensetting', { errMsg: 'openSetting:ok', authSetting: {} })
    } else if (['contact', 'feedback', 'share'].includes(type)) {
      ui.toast('预览里没有这一项')
    } else throw new Error(`<button open-type="${type}"> is not in the web host`)
  }
}
