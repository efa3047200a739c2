// Goes through the list of visits: each person's phone stays open and is led to the next page, as reminders lead there.
import { drawn, NORMAL, wear } from './looks.mjs'
import { liveIn, townFacts } from './lived.mjs'
import { isNoon } from './visits.mjs'

/** What, why, until when. */
const RETURN_QUESTIONS = 3

export async function startRound(world) {
  const town = await townFacts(world)
  const phones = new Map()
  const busy = new WeakMap()
  let noon = false

  async function phoneOf({ who, act, levers }, path) {
    if (act || levers) return watched(await world.openAs(who, { path, device: 'own', levers }))
    if (!phones.has(who)) phones.set(who, watched(await world.openAs(who, { path })))
    const phone = phones.get(who)
    await phone.page.evaluate((url) => globalThis.wx.reLaunch({ url }), `/${path}`)
    return phone
  }

  function watched(phone) {
    const requests = new Set()
    phone.page.on('request', (request) => requests.add(request))
    for (const end of ['requestfinished', 'requestfailed']) phone.page.on(end, (request) => requests.delete(request))
    busy.set(phone, requests)
    return phone
  }

  /** Until nothing is on its way any more and what came is drawn. */
  async function settled(phone) {
    do await drawn(phone)
    while (busy.get(phone).size > 0)
  }

  /** Killed first: a phone without network would be back on it for a moment, and send. */
  async function putAway(phone) {
    await phone.kill()
    await phone.close()
  }

  return {
    town,
    /** Calls back with the phone showing what the visit is about; a page error or missing words make it fail. */
    async visit(visit, look) {
      if (isNoon(visit) && !noon) await liveIn(world, town)
      noon ||= isNoon(visit)
      const phone = await phoneOf(visit, visit.path(town))
      try {
        await wear(phone, NORMAL)
        await visit.act?.(phone, town)
        for (const words of visit.sees) await phone.sees(words)
        await settled(phone)
        for (const words of visit.sees) await phone.sees(words)
        phone.assertNoErrors()
        const at = await phone.route()
        if (at !== visit.page) throw new Error(`this is ${at}, not ${visit.page}`)
        await look(phone)
        phone.assertNoErrors()
      } finally {
        if (phones.get(visit.who) !== phone) await putAway(phone)
      }
    },
    ask,
    /** In 大字 forms ask one question after the other: calls back at each. */
    async everyQuestion(phone, look) {
      const { returning, steps = returning ? RETURN_QUESTIONS : 1, handedIn = '' } = await phone.data()
      if (handedIn || steps === 1) return look()
      for (let step = 0; step < steps; step += 1) {
        await ask(phone, step)
        await look()
      }
      return undefined
    },
  }
}

/** Goes to one question of a form in 大字. */
async function ask(phone, step) {
  await phone.page.evaluate((wished) => {
    const { page } = globalThis.__host.stack.at(-1)
    // 办理详情 asks a reviewer why, and is no form.
    if (page.toStep) page.toStep(wished)
    else page.setData({ returnStep: wished })
  }, step)
}
