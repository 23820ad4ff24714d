import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import * as jose from 'jose'

import { accessTokenHash, createDpopKey } from '../dpop-key.ts'
import { ISSUER } from '../test-mapae.ts'
import { createClientKey, withAssertion, type ClientKey } from './client-key.ts'
import {
  CHALLENGE,
  claimsOf,
  createOAuthWorld,
  locationOf,
  REDIRECT_URI,
  VERIFIER,
  type OAuthWorld,
} from './relying-party.ts'

let world: OAuthWorld
let key: ClientKey
let other: ClientKey
const now = () => world.clock.seconds()

/** A client as FAPI 2.0 section 5.3 wants it, whose key does not say which of two it is for. */
before(async () => {
  world = await createOAuthWorld()
  await world.signUp('mina')
  world.signIn((await world.mapae.stores.users.findByUsernameKey('mina'))!.id)
  key = await createClientKey('bank', 'PS256')
  other = await createClientKey('bank', 'PS256')
  const { alg: _alg, ...jwk } = key.jwk
  await world.createClient('bank', {
    authenticationMethod: 'private_key_jwt',
    jwks: { keys: [jwk] },
    assertionAlgorithm: 'PS256',
    requiresIssuerAudience: true,
    requiresPushedRequests: true,
    requiresDpop: true,
    idTokenAlgorithm: 'ES256',
  })
})

after(() => world.close())

const request = {
  response_type: 'code',
  redirect_uri: REDIRECT_URI,
  scope: 'openid',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}

const push = (authentication: Record<string, string>) =>
  world.send('POST', '/oauth/par', Object.entries({ ...request, ...authentication }))

/** What stands in an assertion that is refused, besides what is right. */
const wrongClaims: readonly (readonly [string, (at: number) => Record<string, unknown>])[] = [
  ['without sub', () => ({ sub: null })],
  ['about another client', () => ({ sub: 'app' })],
  ['without iss', () => ({ iss: null })],
  ['of another client', () => ({ iss: 'app' })],
  ['without aud', () => ({ aud: null })],
  ['for another server', () => ({ aud: 'https://evil.example' })],
  ['for the endpoint of pushed requests', () => ({ aud: `${ISSUER}/oauth/par` })],
  ['for the token endpoint', () => ({ aud: `${ISSUER}/oauth/token` })],
  ['for the issuer with a slash behind', () => ({ aud: `${ISSUER}/` })],
  ['for a list with the issuer', () => ({ aud: [ISSUER, 'https://evil.example'] })],
  ['for a list of the issuer alone', () => ({ aud: [ISSUER] })],
  ['for the issuer and the token endpoint', () => ({ aud: [ISSUER, `${ISSUER}/oauth/token`] })],
  ['that expired five minutes ago', (at) => ({ iat: at - 360, exp: at - 300 })],
  ['from over a minute ahead', (at) => ({ iat: at + 70, nbf: at + 70, exp: at + 130 })],
]

for (const [what, claims] of wrongClaims) {
  test(`FAPI 2.0: an assertion ${what} is refused where requests are pushed`, async () => {
    const { status, body } = await push(withAssertion(await key.assertion(now(), claims(now()))))
    assert.deepEqual([status, body.error], [400, 'invalid_client'])
  })
}

test('FAPI 2.0: no invalid client assertion is taken, and a valid one is', async () => {
  const rs256 = await jose.importJWK(await jose.exportJWK(key.privateKey), 'RS256')
  const good = withAssertion(await key.assertion(now()))
  const { client_assertion: jwt } = good
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${jwt!.split('.')[1]!}.`
  const refused: Record<string, string>[] = [
    { client_id: 'bank' },
    { client_assertion: jwt! },
    { client_id: 'bank', ...good, client_assertion_type: 'urn:example:wrong' },
    withAssertion(await key.assertion(now(), {}, { alg: 'RS256' }, rs256 as jose.CryptoKey)),
    withAssertion(unsigned),
    withAssertion(await other.assertion(now())),
  ]
  for (const authentication of refused) {
    const { status, body } = await push(authentication)
    assert.deepEqual([status, body.error], [400, 'invalid_client'])
  }
  const ahead = await key.assertion(now(), { iat: now() + 8, nbf: now() + 8 })
  assert.equal((await push(withAssertion(ahead))).status, 201)
  assert.equal((await push(good)).status, 201)
})

/** From the pushed request to the tokens. */
async function tokens(dpop = createDpopKey()) {
  const { request_uri: uri } = (await push(withAssertion(await key.assertion(now())))).body
  const asking = new URLSearchParams({ client_id: 'bank', request_uri: uri }).toString()
  const answer = await world.send('GET', `/oauth/authorize?${asking}`, null)
  const code = locationOf(answer)!.searchParams.get('code')!
  const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
  const proof = dpop.proof({ htm: 'POST', htu: `${ISSUER}/oauth/token`, iat: now() })
  return world.token({ ...form, ...withAssertion(await key.assertion(now())) }, { DPoP: proof })
}

test('FAPI 2.0: from the pushed request to user info', async () => {
  const dpop = createDpopKey()
  const pushed = await push(withAssertion(await key.assertion(now())))
  assert.ok(pushed.body.expires_in < 600)
  const { request_uri: uri } = pushed.body
  const asking = new URLSearchParams({ client_id: 'bank', request_uri: uri }).toString()
  const answer = await world.send('GET', `/oauth/authorize?${asking}`, null)
  const { searchParams } = locationOf(answer)!
  assert.deepEqual([...searchParams.keys()].toSorted(), ['code', 'iss'])
  assert.equal(searchParams.get('iss'), ISSUER)
  const form = {
    grant_type: 'authorization_code',
    code: searchParams.get('code')!,
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT_URI,
  }
  const exchange = async (headers: Record<string, string>) =>
    world.token({ ...form, ...withAssertion(await key.assertion(now())) }, headers)
  const bare = await exchange({})
  assert.deepEqual([bare.status, bare.body.error], [400, 'invalid_dpop_proof'])
  const proof = dpop.proof({ htm: 'POST', htu: `${ISSUER}/oauth/token`, iat: now() })
  const { status, body, headers } = await exchange({ DPoP: proof })
  assert.deepEqual(
    [status, body.token_type, headers.get('cache-control')],
    [200, 'DPoP', 'no-store'],
  )
  assert.equal(jose.decodeProtectedHeader(body.id_token).alg, 'ES256')
  assert.equal(claimsOf(body.id_token).aud, 'bank')
  const ath = accessTokenHash(body.access_token)
  const use = { htm: 'GET', htu: `${ISSUER}/oauth/userinfo`, iat: now(), ath }
  const used = { Authorization: `DPoP ${body.access_token}`, DPoP: dpop.proof(use) }
  const info = await world.send('GET', '/oauth/userinfo', null, used)
  assert.deepEqual(info.body, { sub: claimsOf(body.id_token).sub })
})

test('FAPI 2.0: a refresh token is good until its successor is used, with any key of the client', async () => {
  const refresh = async (token: string, isProven = true) => {
    const proof = createDpopKey().proof({ htm: 'POST', htu: `${ISSUER}/oauth/token`, iat: now() })
    const form = { grant_type: 'refresh_token', refresh_token: token, scope: 'openid' }
    const authentication = withAssertion(await key.assertion(now()))
    return world.token({ ...form, ...authentication }, isProven ? { DPoP: proof } : {})
  }
  const first = (await tokens()).body.refresh_token as string
  const next = await refresh(first)
  assert.deepEqual([next.status, next.body.token_type], [200, 'DPoP'])
  world.clock.advance(30)
  // The answer was lost on its way, for all that the client can tell.
  const again = await refresh(first)
  assert.equal(again.status, 200)
  const bare = await refresh(again.body.refresh_token, false)
  assert.deepEqual([bare.status, bare.body.error], [400, 'invalid_dpop_proof'])
  assert.equal((await refresh(again.body.refresh_token)).status, 200)
})

test('FAPI 2.0: a proof is about an address however it is written, and may say more', async () => {
  const dpop = createDpopKey()
  const { access_token } = (await tokens(dpop)).body
  const ath = accessTokenHash(access_token)
  const ask = (htu: string, more = {}, header = {}) => {
    const proof = dpop.proof({ htm: 'GET', htu, iat: now(), ath, ...more }, header)
    const headers = { Authorization: `DPoP ${access_token}`, DPoP: proof }
    return world.send('GET', '/oauth/userinfo', null, headers)
  }
  const url = `${ISSUER}/oauth/userinfo`
  const { host } = new URL(ISSUER)
  for (const htu of [
    url,
    `${url}?a=b#c`,
    `HTTPS://${host.toUpperCase()}/oauth/userinfo`,
    `https://${host}:443/oauth/userinfo`,
  ]) {
    assert.equal((await ask(htu)).status, 200, htu)
  }
  assert.equal((await ask(url, { extra: { a: 1 } }, { extra: 'b' })).status, 200)
  for (const htu of [`${url}/`, `${ISSUER}/oauth/UserInfo`, `https://${host}:444/oauth/userinfo`]) {
    const { status, body } = await ask(htu)
    assert.deepEqual([status, body.error], [401, 'invalid_dpop_proof'], htu)
  }
})
