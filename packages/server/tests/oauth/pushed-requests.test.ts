import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import { createDpopKey } from '../dpop-key.ts'
import { ISSUER } from '../test-mapae.ts'
import { createClientKey, withAssertion, type ClientKey } from './client-key.ts'
import {
  basic,
  CHALLENGE,
  claimsOf,
  createOAuthWorld,
  locationOf,
  query,
  REDIRECT_URI,
  VERIFIER,
  type OAuthWorld,
} from './relying-party.ts'

let world: OAuthWorld
let key: ClientKey
let userId: string
let secret: string
const now = () => world.clock.seconds()

const request = {
  response_type: 'code',
  redirect_uri: REDIRECT_URI,
  scope: 'openid read',
  state: 'a-state',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}

before(async () => {
  world = await createOAuthWorld()
  const { user } = await world.signUp('mina')
  userId = user.id
  key = await createClientKey('signer')
  await world.createClient('app')
  secret = await world.createClient('web', { authenticationMethod: 'client_secret_basic' })
  await world.createClient('pusher', { requiresPushedRequests: true })
  await world.createClient('signer', {
    authenticationMethod: 'private_key_jwt',
    jwks: key.jwks,
    requiresSignedRequests: true,
  })
})

after(() => world.close())

beforeEach(() => world.signIn(userId))

function push(form: Record<string, string>, headers: Record<string, string> = {}) {
  return world.send('POST', '/oauth/par', Object.entries(form), headers)
}

function follow(clientId: string, requestUri: string) {
  const form = { client_id: clientId, request_uri: requestUri }
  return world.send('GET', `/oauth/authorize?${new URLSearchParams(form).toString()}`, null)
}

test('a pushed request is gone on with by its name alone, once', async () => {
  const pushed = await push({ client_id: 'app', ...request })
  assert.equal(pushed.status, 201, pushed.text)
  const { request_uri: requestUri, expires_in } = pushed.body
  assert.match(requestUri, /^urn:ietf:params:oauth:request_uri:[\w-]{43}$/)
  assert.equal(expires_in, 590)
  const location = locationOf(await follow('app', requestUri))!
  assert.equal(location.searchParams.get('state'), 'a-state')
  const { status, body } = await world.exchange('app', location.searchParams.get('code')!)
  assert.equal(status, 200)
  assert.equal(body.scope, 'openid read')
  assert.equal((await follow('app', requestUri)).status, 410)
})

test('a pushed request may be opened again until it is answered', async () => {
  const { request_uri: requestUri } = (await push({ client_id: 'app', ...request })).body
  world.signOut()
  for (let time = 0; time < 2; time++) {
    assert.equal(locationOf(await follow('app', requestUri))!.pathname, '/sign-in')
  }
  world.signIn(userId)
  assert.ok(locationOf(await follow('app', requestUri))!.searchParams.has('code'))
  assert.equal((await follow('app', requestUri)).status, 410)
})

test('the name is worth nothing to another client, nor after ten minutes', async () => {
  const { request_uri: requestUri } = (await push({ client_id: 'app', ...request })).body
  assert.equal((await follow('web', requestUri)).status, 410)
  world.clock.advance(590)
  assert.equal((await follow('app', requestUri)).status, 410)
})

test('what the browser adds to a pushed request does not count', async () => {
  const { request_uri: requestUri } = (await push({ client_id: 'app', ...request })).body
  const more = { client_id: 'app', request_uri: requestUri, scope: 'email', state: 'planted' }
  const answer = await world.send(
    'GET',
    `/oauth/authorize?${new URLSearchParams(more).toString()}`,
    null,
  )
  const location = locationOf(answer)!
  assert.equal(location.searchParams.get('state'), 'a-state')
  const { body } = await world.exchange('app', location.searchParams.get('code')!)
  assert.equal(body.scope, 'openid read')
})

test('a client that can prove who it is has to', async () => {
  const bare = await push({ client_id: 'web', ...request })
  assert.deepEqual([bare.status, bare.body.error], [400, 'invalid_client'])
  assert.equal((await push(request, basic('web', secret))).status, 201)
})

test('a client of pushed requests comes in no other way', async () => {
  const location = locationOf(await world.authorize('pusher'))!
  assert.equal(location.searchParams.get('error'), 'invalid_request')
  const { request_uri: requestUri } = (await push({ client_id: 'pusher', ...request })).body
  assert.notEqual(locationOf(await follow('pusher', requestUri))!.searchParams.get('code'), null)
})

const refusals: readonly (readonly [string, Record<string, string>, string])[] = [
  ['the address of a request', { request_uri: 'https://evil.example/' }, 'invalid_request'],
  [
    'a pushed request in it',
    { request_uri: 'urn:ietf:params:oauth:request_uri:a' },
    'invalid_request',
  ],
  ['no redirect URI', { redirect_uri: '' }, 'invalid_request'],
  ['no redirect URI, for OAuth alone', { redirect_uri: '', scope: 'read' }, 'invalid_request'],
  ['another redirect URI', { redirect_uri: 'https://evil.example/' }, 'invalid_request'],
  ['no PKCE', { code_challenge: '' }, 'invalid_request'],
  ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['an implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
  ['scopes that it may not have', { scope: 'everything' }, 'invalid_scope'],
  ['another resource', { resource: 'https://evil.example' }, 'invalid_target'],
  ['a thumbprint that is none', { dpop_jkt: 'short' }, 'invalid_request'],
]

for (const [name, changes, error] of refusals) {
  test(`a request with ${name} is not taken: ${error}`, async () => {
    const answer = await push({ client_id: 'app', ...request, ...changes })
    assert.deepEqual([answer.status, answer.body.error], [400, error])
    assert.equal(answer.headers.get('location'), null)
  })
}

test('a signed request says what is asked, and nothing beside it counts', async () => {
  const jwt = await key.requestObject(now(), {
    ...request,
    max_age: 3600,
    claims: { userinfo: { email: null } },
    resource: ['https://api.example.com'],
  })
  const more = { client_id: 'signer', request: jwt, scope: 'email', state: 'planted' }
  const answer = await world.send(
    'GET',
    `/oauth/authorize?${new URLSearchParams(more).toString()}`,
    null,
  )
  const location = locationOf(answer)!
  assert.equal(location.searchParams.get('state'), 'a-state')
  const code = location.searchParams.get('code')!
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
  const tokens = await world.token({ ...form, ...withAssertion(await key.assertion(now())) })
  assert.equal(tokens.status, 200, tokens.text)
  assert.equal(tokens.body.scope, 'openid read')

  const pushed = await push({ request: jwt, ...withAssertion(await key.assertion(now())) })
  assert.equal(pushed.status, 201, pushed.text)
})

test('a client that signs its requests does so always', async () => {
  const location = locationOf(await world.authorize('signer'))!
  assert.equal(location.searchParams.get('error'), 'invalid_request')
  const pushed = await push({ ...request, ...withAssertion(await key.assertion(now())) })
  assert.deepEqual([pushed.status, pushed.body.error], [400, 'invalid_request'])
})

test('what is wrong inside a signed request is told as ever', async () => {
  for (const [changes, error] of [
    [{ scope: 'everything' }, 'invalid_scope'],
    [{ max_age: { seconds: 1 } }, 'invalid_request'],
    [{ state: ['a', 'b'] }, 'invalid_request'],
  ] as const) {
    const jwt = await key.requestObject(now(), { ...request, ...changes })
    const form = new URLSearchParams({ client_id: 'signer', request: jwt })
    const answer = await world.send('GET', `/oauth/authorize?${form.toString()}`, null)
    assert.equal(locationOf(answer)!.searchParams.get('error'), error)
  }
  const redirect_uri = 'https://evil.example/'
  const jwt = await key.requestObject(now(), { ...request, redirect_uri })
  const form = new URLSearchParams({ client_id: 'signer', request: jwt })
  assert.equal((await world.send('GET', `/oauth/authorize?${form.toString()}`, null)).status, 400)
})

test('an address of a request is never fetched', async () => {
  const location = locationOf(
    await world.authorize('app', { request_uri: 'https://evil.example/request.jwt' }),
  )!
  assert.equal(location.searchParams.get('error'), 'request_uri_not_supported')
})

test('a proof with a pushed request binds its code to the key', async () => {
  const device = createDpopKey()
  const proof = (path: string, by = device) => ({
    DPoP: by.proof({ htm: 'POST', htu: ISSUER + path, iat: now() }),
  })
  const pushed = await push({ client_id: 'app', ...request }, proof('/oauth/par'))
  const code = async (requestUri: string) =>
    locationOf(await follow('app', requestUri))!.searchParams.get('code')!
  const form = {
    grant_type: 'authorization_code',
    client_id: 'app',
    code: await code(pushed.body.request_uri),
    code_verifier: VERIFIER,
  }
  assert.equal((await world.token(form)).body.error, 'invalid_grant')
  const another = await world.token(form, proof('/oauth/token', createDpopKey()))
  assert.equal(another.body.error, 'invalid_grant')
  const right = await world.token(form, proof('/oauth/token'))
  assert.deepEqual([right.status, right.body.token_type], [200, 'DPoP'])

  const dpop_jkt = createDpopKey().thumbprint
  const torn = await push({ client_id: 'app', ...request, dpop_jkt }, proof('/oauth/par'))
  assert.deepEqual([torn.status, torn.body.error], [400, 'invalid_request'])
})

test('dpop_jkt in the browser binds the code too', async () => {
  const device = createDpopKey()
  const answer = await world.send(
    'GET',
    `/oauth/authorize?${query('app', { dpop_jkt: device.thumbprint })}`,
    null,
  )
  const code = locationOf(answer)!.searchParams.get('code')!
  assert.equal((await world.exchange('app', code)).body.error, 'invalid_grant')
  const DPoP = device.proof({ htm: 'POST', htu: `${ISSUER}/oauth/token`, iat: now() })
  const form = { grant_type: 'authorization_code', client_id: 'app', code, code_verifier: VERIFIER }
  const tokens = await world.token(form, { DPoP })
  assert.deepEqual(claimsOf(tokens.body.access_token).cnf, { jkt: device.thumbprint })
})
