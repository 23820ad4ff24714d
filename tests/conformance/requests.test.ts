import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'

import { defaultClientSettings } from '../../packages/server/src/domain/client.ts'
import { hashClientSecret } from '../../packages/server/src/oauth/client-secret.ts'
import { createDpopKey } from '../../packages/server/tests/dpop-key.ts'
import {
  createClientKey,
  withAssertion,
  type ClientKey,
} from '../../packages/server/tests/oauth/client-key.ts'
import {
  CHALLENGE,
  claimsOf,
  createOAuthWorld,
  locationOf,
  query,
  REDIRECT_URI,
  VERIFIER,
  type OAuthWorld,
} from '../../packages/server/tests/oauth/relying-party.ts'
import { ISSUER } from '../../packages/server/tests/test-mapae.ts'
import { createPageDriver } from '../../packages/server/tests/ui/page-driver.ts'

let world: OAuthWorld
let userId: string

before(async () => {
  world = await createOAuthWorld({ clientRegistration: 'open' })
  const account = { username: 'mina', password: 'purple-otter-vs-9-lamps', email: 'm@example.com' }
  userId = (await world.call('POST', '/v1/signup', account)).body.user.id
  await world.createClient('app')
})

after(() => world.close())

beforeEach(() => world.signIn(userId))

type Parameters = Readonly<Record<string, string | null>>

async function tokensOf(more: Parameters = {}) {
  const { status, body } = await world.exchange('app', await world.code('app', more))
  assert.equal(status, 200)
  return body
}

async function userInfo(accessToken: string, headers: Record<string, string> = {}) {
  const authorization = { Authorization: `Bearer ${accessToken}` }
  return world.send('GET', '/oauth/userinfo', null, { ...authorization, ...headers })
}

/** What may be in a request, and must not get in its way. */
const harmless: readonly (readonly [string, Parameters])[] = [
  ['display=page', { display: 'page' }],
  ['display=popup', { display: 'popup' }],
  ['claims_locales', { claims_locales: 'se en' }],
  ['acr_values', { acr_values: '1 2' }],
  ['a parameter that nobody knows', { extra: 'foobar' }],
  ['a nonce of 64 characters', { nonce: 'n'.repeat(64) }],
  ['no nonce', { nonce: null }],
]

for (const [name, more] of harmless) {
  test(`a request with ${name} is answered`, async () => {
    const { id_token } = await tokensOf(more)
    assert.equal(claimsOf(id_token).sub, userId)
    assert.equal(claimsOf(id_token).nonce, more['nonce'] ?? undefined)
  })
}

test('scopes come in any order', async () => {
  const { scope, id_token, access_token } = await tokensOf({ scope: 'email openid profile' })
  assert.deepEqual(scope.split(' ').toSorted(), ['email', 'openid', 'profile'])
  assert.equal(claimsOf(id_token).sub, userId)
  assert.equal((await userInfo(access_token)).body.email, 'm@example.com')
})

test('scopes and parameters come in the opposite order too, and claims are where they were asked for', async () => {
  const parameters = [...new URLSearchParams(query('app', { scope: 'email openid', nonce: 'n' }))]
  const reversed = new URLSearchParams(parameters.toReversed()).toString()
  const { searchParams } = locationOf(
    await world.send('GET', `/oauth/authorize?${reversed}`, null),
  )!
  const { body } = await world.exchange('app', searchParams.get('code')!)
  assert.equal(claimsOf(body.id_token).nonce, 'n')
  assert.equal(claimsOf(body.id_token).email, undefined)
  const { body: claims } = await userInfo(body.access_token)
  assert.deepEqual(claims, { sub: userId, email: 'm@example.com', email_verified: false })
})

test('scopes that open nothing here are left out, and the answer says so', async () => {
  const { scope, access_token } = await tokensOf({ scope: 'openid address phone' })
  assert.equal(scope, 'openid')
  assert.deepEqual((await userInfo(access_token)).body, { sub: userId })
})

test('a request without state is answered without one', async () => {
  const { searchParams } = locationOf(await world.authorize('app', { state: null }))!
  assert.deepEqual([...searchParams.keys()], ['code', 'iss'])
})

test('an OpenID request names its redirect URI, also when there is only one', async () => {
  const bare = await world.authorize('app', { redirect_uri: null })
  assert.deepEqual([bare.status, bare.headers.get('location')], [400, null])
  const oauth = await world.authorize('app', { redirect_uri: null, scope: 'read' })
  assert.ok(locationOf(oauth)!.href.startsWith(`${REDIRECT_URI}?code=`))
})

test('the query of a redirect URI is compared too', async () => {
  await world.createClient('tenant', { redirectUris: [`${REDIRECT_URI}?foo=bar`] })
  for (const ending of ['', '?foo=baz', '?foo=bar&more=1', '?foo=bar&foo=bar', '?bar=foo']) {
    const answer = await world.authorize('tenant', { redirect_uri: REDIRECT_URI + ending })
    assert.deepEqual([answer.status, answer.headers.get('location')], [400, null], ending)
  }
})

test('a code that comes again after 30 seconds takes back what the first time gave', async () => {
  const code = await world.code('app')
  const { body } = await world.exchange('app', code)
  assert.equal((await userInfo(body.access_token)).status, 200)
  world.clock.advance(30)
  assert.equal((await world.exchange('app', code)).body.error, 'invalid_grant')
  assert.equal((await userInfo(body.access_token)).status, 401)
})

test('an authorization scheme is the same in every case', async () => {
  const { access_token } = await tokensOf()
  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
    const answer = await userInfo(access_token, { Authorization: `${scheme} ${access_token}` })
    assert.equal(answer.status, 200, scheme)
  }
})

test('a secret of any characters comes form-encoded in the header, and as it is in the form', async () => {
  const secret = 'a+b c%2B/:=ü&"\\'
  const settings = { ...defaultClientSettings, name: 'imported', redirectUris: [REDIRECT_URI] }
  await world.mapae.clients.declare(
    'imported',
    {
      ...settings,
      authenticationMethod: 'client_secret_basic',
      grants: ['authorization_code', 'client_credentials'],
    },
    [hashClientSecret(secret)],
  )
  const statusOf = async (encoded: string) => {
    const text = Buffer.from(`imported:${encoded}`).toString('base64')
    const headers = { Authorization: `Basic ${text}` }
    return (await world.token({ grant_type: 'client_credentials' }, headers)).status
  }
  const encoded = new URLSearchParams({ '': secret }).toString().slice(1)
  assert.equal(await statusOf(encoded), 200)
  assert.equal(await statusOf(encodeURIComponent(secret)), 200)
  assert.equal(await statusOf(secret), 401)
  const form = { client_id: 'imported', client_secret: secret }
  assert.equal((await world.token({ grant_type: 'client_credentials', ...form })).status, 200)
})

test('requests are pushed by POST and in no other way', async () => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { status } = await world.send(method, '/oauth/par', null)
    assert.equal(status, 405, method)
  }
})

test('unsigned ID tokens are offered to nobody', async () => {
  const metadata = await world.call('GET', '/.well-known/openid-configuration')
  assert.ok(!metadata.body.id_token_signing_alg_values_supported.includes('none'))
  const { status, body } = await world.call('POST', '/oauth/register', {
    redirect_uris: [REDIRECT_URI],
    id_token_signed_response_alg: 'none',
  })
  assert.deepEqual([status, body.error], [400, 'invalid_client_metadata'])
})

test('a client that registers itself gets back what it said of itself, for people', async () => {
  const said = {
    logo_uri: 'https://app.example.com/logo.png',
    policy_uri: 'https://app.example.com/privacy',
    tos_uri: 'https://app.example.com/terms',
    jwks_uri: 'https://app.example.com/jwks.json',
  }
  const metadata = { redirect_uris: [REDIRECT_URI], ...said }
  const { status, body } = await world.call('POST', '/oauth/register', metadata)
  assert.equal(status, 201)
  assert.deepEqual({ ...body, ...said }, body)
})

test('a proof may be ten seconds old, say when it ends, and come with a scheme in any case', async () => {
  const key = createDpopKey()
  const now = world.clock.seconds()
  const atToken = { htm: 'POST', htu: `${ISSUER}/oauth/token`, iat: now - 10 }
  const DPoP = key.proof({ ...atToken, nbf: now - 10, exp: now + 60 })
  const form = { grant_type: 'authorization_code', client_id: 'app', code_verifier: VERIFIER }
  const { body } = await world.token({ ...form, code: await world.code('app') }, { DPoP })
  assert.equal(body.token_type, 'DPoP')
  const ath = createHash('sha256').update(body.access_token).digest('base64url')
  for (const scheme of ['DPoP', 'dpop', 'DPOP']) {
    const claims = { htm: 'GET', htu: `${ISSUER}/oauth/userinfo`, iat: now, ath }
    const headers = { Authorization: `${scheme} ${body.access_token}`, DPoP: key.proof(claims) }
    assert.equal((await userInfo('', headers)).status, 200, scheme)
  }
})

test('state and nonce beside a signed request do not count, with and without those inside', async () => {
  const key = await createClientKey('signer')
  await world.createClient('signer', {
    authenticationMethod: 'private_key_jwt',
    jwks: key.jwks,
    requiresSignedRequests: true,
  })
  const asked = {
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  }
  for (const [inside, state, nonce] of [
    [{ state: 'inside', nonce: 'inside' }, 'inside', 'inside'],
    [{}, null, undefined],
  ] as const) {
    const now = world.clock.seconds()
    const beside = { client_id: 'signer', state: 'beside', nonce: 'beside' }
    const request = await key.requestObject(now, { ...asked, ...inside })
    const parameters = new URLSearchParams({ ...beside, request }).toString()
    const answer = locationOf(await world.send('GET', `/oauth/authorize?${parameters}`, null))!
    assert.equal(answer.searchParams.get('state'), state)
    const code = answer.searchParams.get('code')!
    const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
    const { body } = await world.token({ ...form, ...withAssertion(await key.assertion(now)) })
    assert.equal(claimsOf(body.id_token).nonce, nonce)
  }
})

test('a sign-out that brings a state and nothing else asks the user, and returns nowhere', async () => {
  const browser = createPageDriver(world.server)
  await browser.submit('/sign-in', { username: 'mina', password: 'purple-otter-vs-9-lamps' })
  const { location } = await browser.get('/oauth/logout?state=a-state')
  const page = new URL(location!)
  assert.deepEqual([page.origin, page.pathname], [ISSUER, '/sign-out'])
  const done = await browser.submit(page.pathname + page.search, {})
  assert.equal(new URL(done.location!, ISSUER).pathname, '/signed-out')
  assert.equal((await browser.get('/account')).status, 303)
})

test('no page reads what the authorization endpoint answers', async () => {
  const origin = { Origin: new URL(REDIRECT_URI).origin }
  const path = `/oauth/authorize?${query('app')}`
  const answer = await world.send('GET', path, null, origin)
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.get('access-control-allow-origin'), null)
  const headers = { ...origin, 'Access-Control-Request-Method': 'GET' }
  const preflight = await world.send('OPTIONS', path, null, headers)
  assert.equal(preflight.status, 405)
  assert.equal(preflight.headers.get('access-control-allow-origin'), null)
})

test('a client signs with its next key when that is at its address, and with the former no more', async () => {
  const former = await createClientKey('robot')
  const next = await createClientKey('robot', 'ES256', 'two')
  let published = former.jwks
  const address = createServer((_, response) => response.end(JSON.stringify(published)))
  await new Promise<void>((resolve) => address.listen(0, '127.0.0.1', resolve))
  // Keys come from this machine for development only.
  const issuer = 'http://localhost:4400'
  const development = await createOAuthWorld({ issuer })
  try {
    await development.createClient('robot', {
      authenticationMethod: 'private_key_jwt',
      grants: ['client_credentials'],
      redirectUris: [],
      jwksUri: `http://127.0.0.1:${(address.address() as AddressInfo).port}/jwks`,
    })
    const statusOf = async (key: ClientKey) => {
      const assertion = await key.assertion(development.clock.seconds(), { aud: issuer })
      const form = { grant_type: 'client_credentials', ...withAssertion(assertion) }
      return (await development.token(form)).status
    }
    assert.deepEqual([await statusOf(former), await statusOf(next)], [200, 400])
    published = next.jwks
    development.clock.advance(31)
    assert.deepEqual([await statusOf(next), await statusOf(former)], [200, 400])
  } finally {
    await development.close()
    address.close()
  }
})
