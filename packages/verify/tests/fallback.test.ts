import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'

import { getRequestListener } from '@hono/node-server'
import { mapae } from '@mapae/verify'
import { createTestIssuer, type TestIssuer } from '@mapae/verify/testing'

const SESSION = 'AZ9Cj0sYeBOdw1xYz0123A'

/** An issuer whose streams are answered by somebody in between; pages come through. */
async function startWithStreams(answerStream: RequestListener) {
  const paths: string[] = []
  const good = getRequestListener(async (request) => testIssuer.handle(request))
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    if (request.headers.accept === 'text/event-stream') answerStream(request, response)
    else void good(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const testIssuer: TestIssuer = createTestIssuer({ issuer })
  return {
    testIssuer,
    paths,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** What stands between an API and its issuer does to streams. */
const OBSTACLES: readonly (readonly [string, RequestListener])[] = [
  ['redirected', (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end()],
  ['refused', (_, response) => void response.writeHead(406).end()],
  ['answered with a page', (_, response) => void response.end('{}')],
  [
    'ended at once',
    (_, response) => void response.setHeader('content-type', 'text/event-stream').end(),
  ],
]

for (const [name, answerStream] of OBSTACLES) {
  test(`where streams are ${name}, pages are read, and revocations obeyed`, async () => {
    const { testIssuer, paths, close } = await startWithStreams(answerStream)
    const { issuer } = testIssuer
    const auth = mapae({ issuer, audience: 'https://api.example.com', pollSeconds: 1 })
    try {
      await auth.ready()
      assert.ok(auth.health().lagSeconds! <= 1)
      const authorization = `Bearer ${testIssuer.mint({ sid: SESSION })}`
      const check = async () => auth()({ method: 'GET', url: '/', authorization, dpop: undefined })
      assert.equal((await check()).claims?.sid, SESSION)
      testIssuer.revoke({ session: SESSION })
      const start = performance.now()
      while ((await check()).answer === undefined) {
        assert.ok(performance.now() - start < 15_000)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      while (auth.health().feed !== 'polling') {
        assert.ok(performance.now() - start < 15_000, auth.health().feed)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      assert.equal(paths.includes('/elsewhere'), false)
      const streams = paths.filter((path) => path === '/v1/revocations').length
      assert.ok(streams >= 2 && paths.some((path) => path.startsWith('/v1/revocations?cursor=')))
    } finally {
      auth.close()
      await close()
    }
  })
}
