// A bad line between phone and server, by rules: each hits the nth request that matches it and is then used up. What
// the faults do is told in ../faults/proxy.mjs.
import { FAULTS, startProxy } from '../faults/proxy.mjs'

export async function faultProxy(upstream) {
  let rules = []
  const log = []
  const proxy = await startProxy(upstream, (_owner, { line }) => {
    const [method, path] = line.split(' ')
    const rule = take(rules, method, path)
    log.push({ method, path, fault: rule?.name ?? null })
    return rule && { name: rule.name, at: rule.at }
  })
  return {
    url: proxy.base,
    /** Every request seen: { method, path, fault }. */
    log,
    /** `method` and `path` (a RegExp) choose the requests; `nth` counts from 1, `times` how many in a row; `at` is where, 0 to 1. */
    add({ name, method, path = /./, nth = 1, times = 1, at = 0.5 }) {
      if (!FAULTS.includes(name)) throw new Error(`no such fault: ${name}`)
      rules.push({ name, method, path, at, skip: nth - 1, left: times })
    },
    clear() {
      rules = []
    },
    close: proxy.close,
  }
}

function take(rules, method, path) {
  for (const rule of rules) {
    if (rule.left === 0 || (rule.method && rule.method !== method) || !rule.path.test(path)) continue
    if (rule.skip === 0) {
      rule.left -= 1
      return rule
    }
    rule.skip -= 1
  }
  return undefined
}
