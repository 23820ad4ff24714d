import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { bind } from '../../src/cli/serve.ts'
import { call, startProduction } from './production-server.ts'

/** Sends a request but for the last byte of its body; `finish` sends that and reads on to the end. */
async function beginRequest(port: number) {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.write(
    'POST /v1/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
      'Content-Length: 2\r\n\r\n{',
  )
  return {
    closed,
    async finish(): Promise<string> {
      socket.write('}')
      await closed
      return text
    },
  }
}

test('SIGTERM: readyz says 503 first, running requests end, and then nothing is taken', async () => {
  const server = await startProduction('', [], { MAPAE_DRAIN_SECONDS: '1' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ready = () =>
    new Promise<{ status: number; connection: string | undefined; socket: Socket }>(
      (resolve, reject) => {
        request({ host: '127.0.0.1', port: server.port, path: '/readyz', agent }, (answer) => {
          const { socket } = answer
          answer.resume().once('end', () =>
            resolve({
              status: answer.statusCode!,
              connection: answer.headers.connection,
              socket,
            }),
          )
        })
          .once('error', reject)
          .end()
      },
    )
  const first = await ready()
  assert.deepEqual([first.status, first.connection], [200, 'keep-alive'])
  const running = await beginRequest(server.port)
  await sleep(50)

  server.signal('SIGTERM')
  let answer = await ready()
  while (answer.status === 200) answer = await ready()
  assert.equal(answer.status, 503)
  assert.equal(answer.connection, 'close')
  const health = await call(server.port, 'GET', '/healthz')
  assert.equal(health.status, 200, 'requests are still taken')
  const { body } = await call(server.port, 'GET', '/readyz')
  assert.equal(body.code, 'server_stopping')

  while ((await call(server.port, 'GET', '/healthz').catch(() => null)) !== null) await sleep(20)
  assert.match(
    await running.finish(),
    /^HTTP\/1\.1 400 [^]+connection: close[^]+"code":"invalid_request"/,
  )
  assert.equal(await server.exited, 0)
  agent.destroy()
})

test('closing waits for running requests, not for idle connections, and not for ever', async () => {
  for (const { isFinished, longestMilliseconds } of [
    { isFinished: true, longestMilliseconds: 5_000 },
    { isFinished: false, longestMilliseconds: 200 },
  ]) {
    const server = await bind('127.0.0.1', 0, false)
    server.serve(async (incoming: Request) => Response.json(await incoming.text()))
    const idle = connect(server.port, '127.0.0.1')
    await new Promise((resolve) => idle.once('connect', resolve))
    const running = await beginRequest(server.port)
    await sleep(50)
    const start = performance.now()
    const closed = server.close(longestMilliseconds)
    if (isFinished) assert.match(await running.finish(), /^HTTP\/1\.1 200 [^]+connection: close/i)
    await closed
    await running.closed
    const milliseconds = performance.now() - start
    if (isFinished) assert.ok(milliseconds < 4_000, `${milliseconds} ms`)
    else assert.ok(milliseconds >= 199 && milliseconds < 4_000, `${milliseconds} ms`)
    idle.destroy()
  }
})
