import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { Validator } from '@seriousme/openapi-schema-validator'

import { errorTable } from '../../src/domain/errors.ts'
import { accessTokenHash, createDpopKey, type Changes } from '../dpop-key.ts'
import { createOAuthWorld } from '../oauth/relying-party.ts'
import { ADDRESS, createTestMapae, ISSUER, PASSWORD, type TestMapae } from '../test-mapae.ts'
import { createOpenApiContract } from './openapi-contract.ts'

/** Calls that need an access token. */
const AUTHENTICATED = [
  ['GET', '/v1/me'],
  ['GET', '/v1/revocations'],
  ['POST', '/v1/signals'],
  ['GET', '/v1/sessions'],
  ['DELETE', '/v1/sessions/x'],
  ['POST', '/v1/password'],
  ['POST', '/v1/logout'],
] as const
const NEW_PASSWORD = 'violet-badger-vs-7-drums'
const STREAM = { Accept: 'text/event-stream' }
const FOREIGN = { Origin: 'https://evil.example' }

/** Declared, and not to be had over HTTP on purpose; why. */
const UNREACHABLE = new Map([
  ['POST /v1/refresh server_busy', 'the compare-and-set must be lost fifty times in a row'],
  ['GET /v1/revocations server_busy', 'strangers must have five thousand streams open'],
])

/** Belong to no route: every address can answer them. */
const OF_EVERY_ADDRESS = new Set([
  'not_found',
  'method_not_allowed',
  'internal_error',
  'storage_unavailable',
])

/** Only pages answer with these. */
const OF_PAGES = new Set([
  'form_refused',
  'form_incomplete',
  'request_expired',
  'user_code_unknown',
])

/** Told as OAuth tells errors: the tests of OAuth reach them. */
const OF_OAUTH = new Set([
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'token_too_large',
  'invalid_client',
  'authorization_pending',
  'slow_down',
  'access_denied',
  'expired_token',
  'unsupported_token_type',
  // Told by the command line only.
  'client_taken',
  'client_refused',
])

const servers: TestMapae[] = []
const open = async (...parameters: Parameters<typeof createTestMapae>) => {
  const opened = await createTestMapae(...parameters)
  servers.push(opened)
  return opened
}
const server = await open({ revocationFeed: 'private' })
const document = (await server.call('GET', '/openapi.json')).body
const contract = createOpenApiContract(document)

/** Calls a server and holds the answer against the document. */
async function checked(of: TestMapae, ...parameters: Parameters<TestMapae['call']>) {
  return contract.check(parameters[0], parameters[1], await of.call(...parameters))
}

/** Keeps the only place for hashing taken all the while. */
async function whileHashing(of: TestMapae, action: () => Promise<void>): Promise<void> {
  const work = { isOver: false }
  const occupying = (async () => {
    while (!work.isOver) await of.mapae.hasher.verify(null, 'occupies').catch(() => undefined)
  })()
  try {
    await action()
  } finally {
    work.isOver = true
    await occupying
  }
}

const call = (...parameters: Parameters<TestMapae['call']>) => checked(server, ...parameters)

let mina: any
before(async () => {
  mina = (await call('POST', '/v1/signup', { username: 'mina', password: PASSWORD })).body
})
after(async () => {
  for (const one of servers) await one.close()
})

test('the document is valid OpenAPI 3.1', async () => {
  assert.equal(document.openapi, '3.1.0')
  const result = await new Validator().validate(structuredClone(document))
  assert.equal(result.valid, true, JSON.stringify(result.errors))
})

test('the document has every call of the server', () => {
  const calls = contract.operations.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(calls.toSorted(), [
    'DELETE /v1/sessions/{id}',
    'GET /.well-known/jwks.json',
    'GET /.well-known/oauth-authorization-server',
    'GET /.well-known/oauth-protected-resource',
    'GET /.well-known/openid-configuration',
    'GET /healthz',
    'GET /metrics',
    'GET /oauth/authorize',
    'GET /oauth/logout',
    'GET /oauth/userinfo',
    'GET /openapi.json',
    'GET /readyz',
    'GET /v1/me',
    'GET /v1/revocations',
    'GET /v1/sessions',
    'POST /oauth/authorize',
    'POST /oauth/device_authorization',
    'POST /oauth/introspect',
    'POST /oauth/logout',
    'POST /oauth/par',
    'POST /oauth/revoke',
    'POST /oauth/token',
    'POST /oauth/userinfo',
    'POST /v1/login',
    'POST /v1/logout',
    'POST /v1/password',
    'POST /v1/refresh',
    'POST /v1/signals',
    'POST /v1/signup',
  ])
})

test('the access token of an application opens nothing here', async () => {
  const world = await createOAuthWorld()
  servers.push(world.server)
  await world.signUp('mina')
  world.signIn((await world.mapae.stores.users.findByUsernameKey('mina'))!.id)
  await world.createClient('app')
  const { body } = await world.exchange('app', await world.code('app'))
  for (const [method, path] of AUTHENTICATED) {
    if (path === '/v1/revocations') continue
    const json = method === 'POST' ? {} : undefined
    const authorization = world.bearer(body.access_token)
    const answer = await checked(world.server, method, path, json, authorization)
    assert.equal(answer.body.code, 'insufficient_scope', path)
  }
})

test('successes are as declared', async () => {
  const credentials = { username: 'dana', password: PASSWORD }
  await call('POST', '/v1/signup', credentials)
  const { access_token, refresh_token } = (await call('POST', '/v1/login', credentials)).body
  await call('POST', '/v1/login', { ...credentials, transport: 'cookie' })
  await call('POST', '/v1/refresh', { refresh_token })
  const authorization = server.bearer(access_token)
  await call('GET', '/v1/me', undefined, authorization)
  const { sessions } = (await call('GET', '/v1/sessions', undefined, authorization)).body
  assert.deepEqual(
    sessions.map(({ current }: any) => current),
    [true, ...Array.from({ length: sessions.length - 1 }, () => false)],
  )
  const other = sessions.find(({ current }: any) => !current)
  await call('DELETE', `/v1/sessions/${other.id}`, undefined, authorization)
  await call('POST', '/v1/logout', { refresh_token })
  for (const path of ['/healthz', '/readyz', '/openapi.json']) await call('GET', path)
  await checked(await open(), 'GET', '/v1/revocations')

  const account = { username: 'changing', password: PASSWORD, email: 'changing@example.com' }
  const changing = (await call('POST', '/v1/signup', account)).body
  const change = { current_password: PASSWORD, new_password: NEW_PASSWORD }
  await call('POST', '/v1/password', change, server.bearer(changing.access_token))
})

test('refusals are as declared', async () => {
  for (const path of [
    '/v1/signup',
    '/v1/login',
    '/v1/refresh',
    '/v1/logout',
    '/v1/password',
    '/v1/signals',
  ]) {
    const headers = server.bearer(mina.access_token)
    const post = async (body: string, type = 'application/json') => {
      const init = { method: 'POST', body, headers: { 'Content-Type': type, ...headers } }
      const response = await server.mapae.fetch(new Request(`https://a.example${path}`, init))
      const { status, headers: answered } = response
      contract.check('POST', path, { status, headers: answered, body: await response.json() })
    }
    await post('{')
    await post('{"unknown":1}')
    await post('{}', 'text/plain')
    await post(' '.repeat(70_000))
  }
  const cookieLogin = { username: 'mina', password: PASSWORD, transport: 'cookie' }
  await call('POST', '/v1/login', cookieLogin, FOREIGN)
  await call('POST', '/v1/signup', cookieLogin, FOREIGN)
  const cookie = { Cookie: `__Host-mapae_rt=${mina.refresh_token}` }
  await call('POST', '/v1/refresh', undefined, { ...cookie, ...FOREIGN })
  await call('POST', '/v1/logout', undefined, { ...cookie, ...FOREIGN })
  await call('POST', '/v1/signup', { username: 'mina', password: PASSWORD })
  await call('POST', '/v1/signup', { username: '...', password: PASSWORD })
  await call('POST', '/v1/signup', { username: 'new', password: 'password123' })
  await call('POST', '/v1/login', { username: 'mina', password: 'wrong' })
  await call('POST', '/v1/refresh', { refresh_token: 'wrong' })
  await call('POST', '/v1/logout', { refresh_token: 'wrong' })
  const wrong = { current_password: 'wrong', new_password: NEW_PASSWORD }
  const common = { current_password: PASSWORD, new_password: 'password123' }
  for (const body of [wrong, common]) {
    await call('POST', '/v1/password', body, server.bearer(mina.access_token))
  }
  await call('GET', '/metrics', undefined, { 'X-Forwarded-For': '192.0.2.1' })
  const unknown = '/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA'
  await call('DELETE', unknown, undefined, server.bearer(mina.access_token))
  await call('GET', '/v1/revocations', undefined, server.bearer(mina.access_token))
})

test('refusals for want of an access token are as declared', async () => {
  for (const [method, path] of AUTHENTICATED) {
    await call(method, path)
    await call(method, path, undefined, { Authorization: 'Bearer a b' })
    await call(method, path, undefined, { Authorization: 'Bearer a' })
  }
})

test('refusals for want of a proof are as declared', async () => {
  const key = createDpopKey()
  const proof = (htm: string, path: string, claims: Changes = {}) =>
    key.proof({ htm, htu: ISSUER + path, iat: server.clock.seconds(), ...claims })
  const credentials = { username: 'mina', password: PASSWORD }
  const DPoP = proof('POST', '/v1/login')
  const bound = (await call('POST', '/v1/login', credentials, { DPoP })).body
  const withoutToken = [
    ['/v1/signup', { username: 'rosa', password: PASSWORD }],
    ['/v1/login', credentials],
    ['/v1/refresh', { refresh_token: bound.refresh_token }],
  ] as const
  for (const [path, body] of withoutToken) {
    await call('POST', path, body, { DPoP: 'wrong' })
    await call('POST', path, body, { DPoP: proof('POST', path, { iat: 1 }) })
  }
  const Authorization = `DPoP ${bound.access_token}`
  const ath = accessTokenHash(bound.access_token)
  for (const [method, path] of AUTHENTICATED) {
    await call(method, path, undefined, { Authorization })
    const old = proof(method, path, { ath, iat: 1 })
    await call(method, path, undefined, { Authorization, DPoP: old })
  }
})

test('refusals of a server under load are as declared', async () => {
  const throttled = await open({ signInLimitAddress: 2 })
  const { access_token } = (
    await checked(throttled, 'POST', '/v1/signup', { username: 'mina', password: PASSWORD })
  ).body
  await checked(throttled, 'POST', '/v1/login', { username: 'mina', password: 'wrong' })
  const credentials = { username: 'mina', password: PASSWORD }
  for (const path of ['/v1/login', '/v1/signup']) {
    const { status } = await checked(throttled, 'POST', path, credentials)
    assert.equal(status, 429)
  }
  const change = { current_password: PASSWORD, new_password: NEW_PASSWORD }
  await checked(throttled, 'POST', '/v1/password', change, throttled.bearer(access_token))

  const busy = await open({ hashConcurrency: 1, hashQueue: 0 })
  const signedUp = await busy.signUp()
  await whileHashing(busy, async () => {
    await checked(busy, 'POST', '/v1/login', credentials)
    await checked(busy, 'POST', '/v1/password', change, busy.bearer(signedUp.access_token))
    await checked(busy, 'POST', '/v1/signup', { username: 'new', password: PASSWORD })
  })
  for (let place = 0; place < 200; place++) {
    const request = new Request(`${ISSUER}/v1/revocations`, { headers: STREAM })
    await busy.mapae.fetch(request, { incoming: { socket: { remoteAddress: ADDRESS } } })
  }
  await checked(busy, 'GET', '/v1/revocations', undefined, STREAM)
  const closed = await open({ signup: 'closed' })
  await checked(closed, 'POST', '/v1/signup', credentials)
  closed.mapae.announceStop()
  await checked(closed, 'GET', '/readyz')
  await checked(closed, 'GET', '/v1/revocations', undefined, STREAM)
})

test('faults of the server are problem documents that explain nothing', async () => {
  const overBudget = await open({ audience: `https://${'a'.repeat(1000)}.example` })
  const fault = await overBudget.call('POST', '/v1/signup', {
    username: 'mina',
    password: PASSWORD,
  })
  assert.deepEqual(fault.body, {
    type: 'urn:mapae:error:internal_error',
    title: errorTable.internal_error.title,
    status: 500,
    code: 'internal_error',
  })

  const down = await createTestMapae()
  await down.mapae.stores.close()
  const notReady = await checked(down, 'GET', '/readyz')
  assert.equal(notReady.headers.get('retry-after'), '1')
  const login = await down.call('POST', '/v1/login', { username: 'mina', password: PASSWORD })
  assert.deepEqual(
    [login.status, login.body.code, login.headers.get('retry-after')],
    [503, 'storage_unavailable', '1'],
  )
  assert.equal((await down.call('GET', '/healthz')).status, 200)
  // Its database is closed already.
  await down.close().catch(() => undefined)
})

test('every declared error was reached, and every code of the table', () => {
  const seen = contract.seenErrors()
  const missing = contract.declaredErrors().filter((one) => !seen.has(one))
  assert.deepEqual(missing, [...UNREACHABLE.keys()])
  const codes = new Set([...seen].map((one) => one.split(' ')[2]))
  const unreached = Object.keys(errorTable).filter((code) => !codes.has(code))
  assert.deepEqual(
    unreached.filter(
      (code) => ![OF_EVERY_ADDRESS, OF_PAGES, OF_OAUTH].some((set) => set.has(code)),
    ),
    [],
  )
})
