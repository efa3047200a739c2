// What WeChat itself would answer, from the stand-in's control address.

const CALLS = new Set(['login_code', 'tap'])

export function standInCalls(control) {
  return async (name, request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const answer = (status, text) => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      response.end(text)
    }
    if (!CALLS.has(name)) return answer(404, '{}')
    try {
      const passed = await fetch(`${control}/${name}`, { method: 'POST', body: Buffer.concat(chunks) })
      return answer(passed.status, await passed.text())
    } catch {
      return answer(502, '{}')
    }
  }
}
