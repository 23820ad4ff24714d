import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createTestMapae, listen } from '../test-mapae.ts'

const OF_ALL = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
const PUBLIC = /^public, max-age=[1-9]\d+$/

const server = await createTestMapae()
const http = await listen(server)
const { access_token, refresh_token } = await server.signUp()
const authorization = server.bearer(access_token)
after(async () => {
  await http.close()
  await server.close()
})

const json = { 'Content-Type': 'application/json' }
const requests: [string, string, number, RequestInit?, RegExp?][] = [
  ['GET', '/healthz', 200],
  ['GET', '/readyz', 200],
  ['GET', '/.well-known/jwks.json', 200, {}, PUBLIC],
  ['GET', '/openapi.json', 200, {}, PUBLIC],
  ['GET', '/v1/me', 200, { headers: authorization }],
  ['GET', '/v1/sessions', 200, { headers: authorization }],
  ['POST', '/v1/refresh', 200, { headers: json, body: JSON.stringify({ refresh_token }) }],
  ['GET', '/v1/me', 401],
  ['GET', '/nothing', 404],
  ['PUT', '/v1/login', 405],
  ['OPTIONS', '/v1/login', 405],
  ['POST', '/v1/login', 400, { headers: json, body: '{' }],
  ['POST', '/v1/login', 413, { headers: json, body: 'x'.repeat(70_000) }],
  ['POST', '/v1/login', 415, { body: '{}' }],
  ['POST', '/v1/logout', 204, { headers: authorization }],
]

for (const [method, path, status, init = {}, caching = /^no-store$/] of requests) {
  test(`${method} ${path} ${status} carries every header`, async () => {
    const answer = await fetch(http.url + path, { method, ...init })
    assert.equal(answer.status, status)
    for (const [name, value] of Object.entries(OF_ALL)) {
      assert.equal(answer.headers.get(name), value, name)
    }
    assert.equal(answer.headers.get('strict-transport-security'), 'max-age=31536000')
    assert.match(answer.headers.get('cache-control') ?? '', caching)
    assert.equal(answer.headers.has('x-powered-by'), false)
    assert.equal(answer.headers.has('server'), false)
    const isShared = path === '/.well-known/jwks.json'
    const policy = isShared ? 'cross-origin' : 'same-origin'
    assert.equal(answer.headers.get('cross-origin-resource-policy'), policy)
    assert.equal(answer.headers.get('access-control-allow-origin'), isShared ? '*' : null)
  })
}

test('over http there is no promise of https', async () => {
  const plain = await createTestMapae({ issuer: 'http://localhost:4400' })
  const { headers } = await plain.call('GET', '/healthz')
  assert.equal(headers.has('strict-transport-security'), false)
  await plain.close()
})

test('HEAD answers like GET, without the body', async () => {
  for (const path of ['/healthz', '/.well-known/jwks.json', '/v1/me', '/nothing']) {
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) => fetch(http.url + path, { method })),
    )
    assert.equal(head!.status, get!.status, path)
    assert.equal(await head!.text(), '')
    assert.equal(head!.headers.get('content-type'), get!.headers.get('content-type'))
    assert.equal(head!.headers.get('cache-control'), get!.headers.get('cache-control'))
  }
})

test('the issuer never follows the Host header', async () => {
  const headers = {
    Host: 'evil.example',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'http',
    Forwarded: 'host=evil.example;proto=http',
  }
  const document = await server.call('GET', '/openapi.json', undefined, headers)
  assert.deepEqual(document.body.servers, [{ url: server.config.issuer }])
  const account = { username: 'hosted', password: 'purple-otter-vs-9-lamps', transport: 'cookie' }
  const signedUp = await server.call('POST', '/v1/signup', account, headers)
  const claims = JSON.parse(
    Buffer.from(signedUp.body.access_token.split('.')[1], 'base64url').toString(),
  )
  assert.equal(claims.iss, server.config.issuer)
  assert.match(signedUp.headers.getSetCookie()[0]!, /; Secure$/)
})

test('keys are published without their private half', async () => {
  const { body } = await server.call('GET', '/.well-known/jwks.json')
  assert.ok(body.keys.length > 0)
  for (const key of body.keys) {
    assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  }
})

test('a request that is refused for its size does not disturb the next on its connection', async () => {
  const { Agent, request } = await import('node:http')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const send = async (method: string, path: string, body: string) =>
    new Promise<number>((resolve, reject) => {
      const outgoing = request(http.url + path, { method, agent, headers: json }, (incoming) => {
        incoming.resume().on('end', () => resolve(incoming.statusCode!))
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  const hidden = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4_000)
  assert.equal(await send('POST', '/v1/login', hidden), 413)
  assert.equal(await send('POST', '/nothing', hidden), 404)
  assert.equal(await send('GET', '/healthz', ''), 200)
  agent.destroy()
})
