import assert from 'node:assert/strict'
import { test } from 'node:test'

import { z } from 'zod'

import { createApp } from '../../src/http/app.ts'
import { createClientAddress } from '../../src/http/client-address.ts'
import { openRoute, type Route } from '../../src/http/route.ts'

const ISSUER = 'https://auth.example.com'
const PAGE = 'https://app.example.com'
const FORM = 'application/x-www-form-urlencoded'

function appOf(...routes: Route[]) {
  const app = createApp({
    routes,
    issuer: ISSUER,
    webOrigins: {
      isWebOrigin: (origin) => origin === PAGE,
      isOwnWebOrigin: (origin) => origin === PAGE,
    },
    authenticate: () => assert.fail('no route here asks who calls'),
    clientAddress: createClientAddress([]),
    log() {},
  })
  return async (path: string, init: RequestInit = {}) => app.fetch(new Request(ISSUER + path, init))
}

const facts = { summary: '', answers: { 200: null }, errors: [] } as const

const echo = openRoute({
  ...facts,
  method: 'POST',
  path: '/echo',
  cors: 'any',
  bodyAs: 'form',
  query: z.object({ page: z.string().optional() }),
  body: z.object({ name: z.string(), tags: z.union([z.string(), z.array(z.string())]).optional() }),
  handle: ({ body, query, url, method }) => ({ status: 200, json: { body, query, url, method } }),
})

const cookies = openRoute({
  ...facts,
  method: 'GET',
  path: '/cookies',
  cors: 'own_web_origins',
  body: null,
  handle: () => ({ status: 200, html: '<p>', cookies: ['a=1', 'b=2'] }),
})

const both = openRoute({
  ...facts,
  method: 'POST',
  path: '/both',
  cors: 'any_or_web_origins',
  body: null,
  handle: () => ({ status: 200, cookies: ['a=1'] }),
})

const failing = openRoute({
  ...facts,
  method: 'POST',
  path: '/failing',
  bodyAs: 'form',
  body: z.object({ name: z.string() }),
  handle: () => assert.fail('the body must not get here'),
  failed: (error, { url, method }) => ({ status: 418, text: `${error.code} ${method} ${url}` }),
})

test('a form and a query are read, and the URL is of the issuer whatever the Host is', async () => {
  const call = appOf(echo)
  const answer = await call('/echo?page=2&page_size=&other', {
    method: 'POST',
    body: 'name=%EB%A7%88%ED%8C%A8&tags=a&tags=b&empty=',
    headers: { 'Content-Type': `${FORM}; charset=UTF-8`, Host: 'evil.example' },
  })
  assert.deepEqual(await answer.json(), {
    body: { name: '마패', tags: ['a', 'b'] },
    query: { page: '2' },
    url: `${ISSUER}/echo`,
    method: 'POST',
  })
})

const refused: [string, string, string, string | Uint8Array, number][] = [
  ['a parameter twice', '/echo', FORM, 'name=a&name=a', 400],
  ['a parameter twice in the query', '/echo?page=1&page=1', FORM, 'name=a', 400],
  ['a parameter without a value', '/echo', FORM, 'name=', 400],
  ['no body', '/echo', FORM, '', 400],
  ['bytes that are no UTF-8', '/echo', FORM, Uint8Array.of(0x6e, 0xff), 400],
  ['JSON', '/echo', 'application/json', '{"name":"a"}', 415],
  ['a body of no type', '/echo', '', 'name=a', 415],
  ['more than the limit', '/echo', FORM, `name=${'x'.repeat(70_000)}`, 413],
  ['a name that every object has', '/echo', FORM, '__proto__=a', 400],
]

for (const [what, path, type, body, status] of refused) {
  test(`a form is refused with ${what}`, async () => {
    const headers = { 'Content-Type': type }
    const answer = await appOf(echo)(path, { method: 'POST', body, headers })
    assert.equal(answer.status, status)
    if (status === 415) assert.match(await answer.text(), /Send application\/x-www-form-urlencoded/)
  })
}

test('every cookie of an answer has its header', async () => {
  const answer = await appOf(cookies)('/cookies')
  assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2'])
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.equal(await answer.text(), '<p>')
})

test('a route tells its errors in its own way, and OPTIONS of nobody stays refused', async () => {
  const call = appOf(failing)
  const headers = { 'Content-Type': FORM }
  const answer = await call('/failing?secret=1', { method: 'POST', body: 'x=1', headers })
  assert.equal(answer.status, 418)
  assert.equal(await answer.text(), `invalid_request POST ${ISSUER}/failing`)
  const asked = { Origin: PAGE, 'Access-Control-Request-Method': 'POST' }
  assert.equal((await call('/failing', { method: 'OPTIONS', headers: asked })).status, 405)
})

const ALLOW = 'access-control-allow-origin'
const CREDENTIALS = 'access-control-allow-credentials'

const preflights: [string, string, string, number, string | null, string | null][] = [
  ['/echo', 'POST', 'https://anybody.example', 204, '*', null],
  ['/echo', 'DELETE', 'https://anybody.example', 405, null, null],
  ['/cookies', 'GET', PAGE, 204, PAGE, 'true'],
  ['/cookies', 'GET', 'https://evil.example', 405, null, null],
  ['/cookies', 'GET', 'null', 405, null, null],
  ['/both', 'POST', PAGE, 204, PAGE, 'true'],
  ['/both', 'POST', 'https://evil.example', 204, '*', null],
  ['/both', 'POST', 'null', 204, '*', null],
  ['/both', 'GET', PAGE, 405, null, null],
]

for (const [path, wanted, origin, status, allowed, credentials] of preflights) {
  test(`a page of ${origin} asks for ${wanted} ${path}: ${status}`, async () => {
    const headers = { Origin: origin, 'Access-Control-Request-Method': wanted }
    const answer = await appOf(echo, cookies, both)(path, { method: 'OPTIONS', headers })
    assert.equal(answer.status, status)
    assert.equal(answer.headers.get(ALLOW), allowed)
    assert.equal(answer.headers.get(CREDENTIALS), credentials)
  })
}

test('answers are readable for the pages that may read them, failed ones too', async () => {
  const call = appOf(echo, cookies, both)
  const ask = async (path: string, method: string, origin: string) =>
    (await call(path, { method, headers: { Origin: origin } })).headers
  assert.equal((await ask('/echo', 'POST', 'https://anybody.example')).get(ALLOW), '*')
  const own = await ask('/cookies', 'GET', PAGE)
  assert.equal(own.get(ALLOW), PAGE)
  assert.equal(own.get(CREDENTIALS), 'true')
  assert.equal(own.get('vary'), 'Origin')
  const foreign = await ask('/cookies', 'GET', 'https://evil.example')
  assert.equal(foreign.get(ALLOW), null)
  assert.equal(foreign.get('vary'), 'Origin')
  const mine = await ask('/both', 'POST', PAGE)
  assert.deepEqual([mine.get(ALLOW), mine.get(CREDENTIALS)], [PAGE, 'true'])
  const anybodys = await ask('/both', 'POST', 'https://anybody.example')
  assert.deepEqual([anybodys.get(ALLOW), anybodys.get(CREDENTIALS)], ['*', null])
  // What a cache keeps for one must not be answered to the other.
  assert.deepEqual([mine.get('vary'), anybodys.get('vary')], ['Origin', 'Origin'])
  const program = (await call('/both', { method: 'POST' })).headers
  assert.deepEqual([program.get(ALLOW), program.get(CREDENTIALS)], ['*', null])
})
