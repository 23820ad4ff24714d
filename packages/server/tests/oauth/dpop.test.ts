import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import { accessTokenHash, createDpopKey, type Changes, type DpopKey } from '../dpop-key.ts'
import { ISSUER } from '../test-mapae.ts'
import { basic, claimsOf, createOAuthWorld, VERIFIER, type OAuthWorld } from './relying-party.ts'

let world: OAuthWorld
let userId: string
let secret: string
const key = createDpopKey()

before(async () => {
  world = await createOAuthWorld()
  userId = (await world.signUp('mina')).user.id
  await world.createClient('app')
  await world.createClient('strict', { requiresDpop: true })
  secret = await world.createClient('web', {
    authenticationMethod: 'client_secret_basic',
    grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  })
})

after(() => world.close())
beforeEach(() => world.signIn(userId))

function proof(by: DpopKey = key, claims: Changes = {}): Record<string, string> {
  const about = { htm: 'POST', htu: `${ISSUER}/oauth/token`, iat: world.clock.seconds() }
  return { DPoP: by.proof({ ...about, ...claims }) }
}

async function exchange(clientId: string, headers: Record<string, string>) {
  const code = await world.code(clientId)
  const form = { grant_type: 'authorization_code', client_id: clientId, code }
  return world.token({ ...form, code_verifier: VERIFIER }, headers)
}

test('the session of a public client is bound to its key', async () => {
  const { body } = await exchange('app', proof())
  assert.equal(body.token_type, 'DPoP')
  assert.deepEqual(claimsOf(body.access_token).cnf, { jkt: key.thumbprint })
  const form = {
    grant_type: 'refresh_token',
    client_id: 'app',
    refresh_token: body.refresh_token as string,
  }
  const bare = await world.token(form)
  assert.deepEqual([bare.status, bare.body.error], [400, 'invalid_dpop_proof'])
  const next = await world.token(form, proof())
  assert.deepEqual([next.status, next.body.token_type], [200, 'DPoP'])
  const again = await world.token(form, proof())
  assert.equal(again.status, 200, 'the answer was lost')
  const thief = await world.token(form, proof(createDpopKey()))
  assert.equal(thief.body.error, 'invalid_grant')
  const late = { ...form, refresh_token: next.body.refresh_token as string }
  assert.equal((await world.token(late, proof())).body.error, 'invalid_grant')
})

test('a client that proves who it is may take another key, and then its tokens are of that', async () => {
  const { body } = await exchange('web', { ...basic('web', secret), ...proof() })
  assert.deepEqual(claimsOf(body.access_token).cnf, { jkt: key.thumbprint })
  assert.equal(claimsOf(body.refresh_token).jkt, undefined)
  const other = createDpopKey()
  const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token as string }
  const next = await world.token(form, { ...basic('web', secret), ...proof(other) })
  assert.deepEqual(claimsOf(next.body.access_token).cnf, { jkt: other.thumbprint })
  const plain = await world.token(
    { ...form, refresh_token: next.body.refresh_token as string },
    basic('web', secret),
  )
  assert.equal(plain.body.token_type, 'Bearer')
})

test('client credentials are bound too', async () => {
  const form = { grant_type: 'client_credentials', scope: 'read' }
  const { body } = await world.token(form, { ...basic('web', secret), ...proof() })
  assert.equal(body.token_type, 'DPoP')
  assert.deepEqual(claimsOf(body.access_token).cnf, { jkt: key.thumbprint })
})

test('a client of which proofs are required gets nothing without, and its code is still good', async () => {
  const code = await world.code('strict')
  const form = { grant_type: 'authorization_code', client_id: 'strict', code }
  const exchangeForm = { ...form, code_verifier: VERIFIER }
  const bare = await world.token(exchangeForm)
  assert.deepEqual([bare.status, bare.body.error], [400, 'invalid_dpop_proof'])
  assert.equal((await world.token(exchangeForm, proof())).body.token_type, 'DPoP')
})

test('a wrong clock is made up for by a nonce', async () => {
  const code = await world.code('app')
  const form = {
    grant_type: 'authorization_code',
    client_id: 'app',
    code,
    code_verifier: VERIFIER,
  }
  const iat = world.clock.seconds() + 86_400
  const asked = await world.token(form, proof(key, { iat }))
  assert.deepEqual([asked.status, asked.body.error], [400, 'use_dpop_nonce'])
  const nonce = asked.headers.get('dpop-nonce')
  assert.equal((await world.token(form, proof(key, { iat, nonce }))).status, 200)
})

test('user info is told by the rules of resource servers', async () => {
  const { body } = await exchange('app', proof())
  const accessToken = body.access_token as string
  const ath = accessTokenHash(accessToken)
  const about = { htm: 'GET', htu: `${ISSUER}/oauth/userinfo`, ath }
  const userinfo = (headers: Record<string, string>) =>
    world.send('GET', '/oauth/userinfo', null, {
      Authorization: `DPoP ${accessToken}`,
      ...headers,
    })
  assert.equal((await userinfo(proof(key, about))).body.sub, userId)
  const late = await userinfo(proof(key, { ...about, iat: 1 }))
  assert.deepEqual([late.status, late.body.error], [401, 'use_dpop_nonce'])
  assert.match(late.headers.get('www-authenticate')!, /^DPoP error="use_dpop_nonce"/)
  const nonce = late.headers.get('dpop-nonce')
  assert.equal((await userinfo(proof(key, { ...about, iat: 1, nonce }))).status, 200)
  const others = await userinfo(proof(createDpopKey(), about))
  assert.deepEqual([others.status, others.body.error], [401, 'invalid_dpop_proof'])
  const bearer = await userinfo({ Authorization: `Bearer ${accessToken}` })
  assert.deepEqual([bearer.status, bearer.body.error], [401, 'invalid_token'])
})

test('what a bound access token does not open is told in the scheme that it came in', async () => {
  await world.createClient('api-only', { scopes: ['openid', 'read'] })
  const code = await world.code('api-only', { scope: 'read', resource: ISSUER })
  const form = { grant_type: 'authorization_code', client_id: 'api-only', code }
  const { body } = await world.token({ ...form, code_verifier: VERIFIER }, proof())
  const ath = accessTokenHash(body.access_token)
  const about = { htm: 'GET', htu: `${ISSUER}/oauth/userinfo`, ath }
  const headers = { Authorization: `DPoP ${body.access_token}`, ...proof(key, about) }
  const narrow = await world.send('GET', '/oauth/userinfo', null, headers)
  assert.equal(narrow.status, 403)
  assert.equal(
    narrow.headers.get('www-authenticate'),
    'DPoP error="insufficient_scope", scope="openid"',
  )
})

test('the token endpoint challenges nobody for a proof: it takes no access token', async () => {
  const form = { grant_type: 'client_credentials' }
  for (const [headers, error] of [
    [proof(key, { htm: 'GET' }), 'invalid_dpop_proof'],
    [proof(key, { iat: 1 }), 'use_dpop_nonce'],
  ] as const) {
    const answer = await world.token(form, { ...basic('web', secret), ...headers })
    assert.deepEqual([answer.status, answer.body.error], [400, error])
    assert.equal(answer.headers.get('www-authenticate'), null, error)
    assert.equal(answer.headers.has('dpop-nonce'), error === 'use_dpop_nonce')
  }
})

test('a proof counts once here as well, and for this endpoint alone', async () => {
  const headers = proof()
  const form = { grant_type: 'client_credentials' }
  const withSecret = { ...basic('web', secret), ...headers }
  assert.equal((await world.token(form, withSecret)).status, 200)
  assert.equal((await world.token(form, withSecret)).body.error, 'invalid_dpop_proof')
  const elsewhere = proof(key, { htu: `${ISSUER}/v1/refresh` })
  const answer = await world.token(form, { ...basic('web', secret), ...elsewhere })
  assert.equal(answer.body.error, 'invalid_dpop_proof')
})
