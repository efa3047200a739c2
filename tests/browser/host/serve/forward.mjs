// Passing a request on, as it is. If the server breaks off, so do we: the phone must see a broken line, not an answer.
import http from 'node:http'

export function forward(upstream, request, response) {
  const { hostname, port } = new URL(upstream)
  const headers = { ...request.headers, host: `${hostname}:${port}`, connection: 'close' }
  const onward = http.request({ hostname, port, method: request.method, path: request.url, headers, agent: false })
  const breakOff = () => response.socket?.destroy()
  onward.on('response', (answer) => {
    // A browser repeats by itself what fails on a connection used before; it must not.
    response.writeHead(answer.statusCode, { ...answer.headers, connection: 'close' })
    answer.on('error', breakOff)
    answer.on('aborted', breakOff)
    answer.pipe(response)
  })
  onward.on('error', breakOff)
  response.on('close', () => onward.destroy())
  request.pipe(onward)
}
