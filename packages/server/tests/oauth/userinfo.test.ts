import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'

import * as jose from 'jose'

import { DPOP_OFFER } from '../../src/tokens/dpop-proof.ts'
import { createDpopKey } from '../dpop-key.ts'
import { ISSUER } from '../test-mapae.ts'
import { createOAuthWorld, VERIFIER, type OAuthWorld } from './relying-party.ts'

let world: OAuthWorld
let userId: string

before(async () => {
  world = await createOAuthWorld()
  const account = { username: 'mina', password: 'purple-otter-vs-9-lamps', email: 'm@example.com' }
  await world.call('POST', '/v1/signup', account)
  userId = (await world.mapae.stores.users.findByUsernameKey('mina'))!.id
  world.signIn(userId)
  await world.createClient('app')
})

after(() => world.close())

const tokensOf = async (clientId: string, more: Record<string, string> = {}) =>
  (await world.exchange(clientId, await world.code(clientId, more))).body

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

test('the access token may come in the form of a POST, and then nowhere else', async () => {
  const { access_token } = await tokensOf('app')
  const form: [string, string][] = [['access_token', access_token]]
  const post = (pairs: [string, string][], headers = {}, query = '') =>
    world.send('POST', `/oauth/userinfo${query}`, pairs, headers)
  const answer = await post(form)
  assert.deepEqual([answer.status, answer.body], [200, { sub: userId }])
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  for (const headers of [bearer(access_token), { Authorization: 'Basic YTpi' }]) {
    const twice = await post(form, headers)
    assert.deepEqual([twice.status, twice.body.error], [400, 'invalid_request'])
    assert.equal(twice.headers.get('www-authenticate'), 'Bearer error="invalid_request"')
  }
  assert.equal((await post([...form, ...form])).body.error, 'invalid_request')
  const wrong = await post([['access_token', `${access_token}x`]])
  assert.equal(wrong.status, 401)
  assert.match(wrong.headers.get('www-authenticate')!, /^Bearer error="invalid_token"/)
  assert.deepEqual(
    [(await post([])).status, (await post([['token', access_token]])).status],
    [401, 401],
  )
})

test('the access token never comes in a query, nor in a body that is no form', async () => {
  const { access_token } = await tokensOf('app')
  const query = `?access_token=${access_token}`
  for (const [method, form] of [
    ['GET', null],
    ['POST', null],
    ['POST', [['a', 'b']]],
  ] as const) {
    const { status, headers } = await world.send(
      method,
      `/oauth/userinfo${query}`,
      form as [string, string][] | null,
    )
    const challenge = headers.get('www-authenticate')
    assert.deepEqual([status, challenge], [401, `Bearer, ${DPOP_OFFER}`], method)
  }
  const json = await world.call('POST', '/oauth/userinfo', { access_token })
  assert.deepEqual([json.status, json.body.error], [415, 'invalid_request'])
})

test('an access token that is bound to a key is worth nothing in a form', async () => {
  const key = createDpopKey()
  const now = world.clock.seconds()
  const atToken = { htm: 'POST', htu: `${ISSUER}/oauth/token`, iat: now }
  const form = { grant_type: 'authorization_code', client_id: 'app', code_verifier: VERIFIER }
  const code = await world.code('app')
  const { body } = await world.token({ ...form, code }, { DPoP: key.proof(atToken) })
  assert.equal(body.token_type, 'DPoP')
  const ath = createHash('sha256').update(body.access_token).digest('base64url')
  const proof = key.proof({ htm: 'POST', htu: `${ISSUER}/oauth/userinfo`, iat: now, ath })
  for (const headers of [{}, { DPoP: proof }] as Record<string, string>[]) {
    const inForm = await world.send(
      'POST',
      '/oauth/userinfo',
      [['access_token', body.access_token]],
      headers,
    )
    assert.equal(inForm.status, 401)
    assert.match(inForm.headers.get('www-authenticate')!, /^DPoP error="invalid_token"/)
  }
})

for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
  test(`user info is signed for a client that registered ${algorithm}`, async () => {
    const id = `signed-${algorithm}`
    await world.createClient(id, { userinfoAlgorithm: algorithm })
    const { access_token } = await tokensOf(id, { scope: 'openid email', nonce: 'a-nonce' })
    const { status, text, headers } = await world.send(
      'GET',
      '/oauth/userinfo',
      null,
      bearer(access_token),
    )
    assert.deepEqual([status, headers.get('content-type')], [200, 'application/jwt'])
    const { body } = await world.call('GET', '/.well-known/jwks.json')
    const { payload, protectedHeader } = await jose.jwtVerify(text, jose.createLocalJWKSet(body), {
      issuer: ISSUER,
      audience: id,
      algorithms: [algorithm],
      typ: 'userinfo+jwt',
      currentDate: new Date(world.clock.milliseconds()),
    })
    const now = world.clock.seconds()
    const standard = { iss: ISSUER, aud: id, iat: now, exp: now + 60 }
    const claims = { sub: userId, email: 'm@example.com', email_verified: false }
    assert.deepEqual(payload, { ...claims, ...standard })
    assert.deepEqual(Object.keys(protectedHeader).toSorted(), ['alg', 'kid', 'typ'])
    // It names issuer, client and user as an ID token does, and is none.
    const asHint = await world.authorize(id, { prompt: 'none', id_token_hint: text })
    assert.match(asHint.headers.get('location')!, /error=invalid_request/)
    const refused = await world.send('GET', '/oauth/userinfo', null, bearer(`${access_token}x`))
    assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_token'])
  })
}

test('metadata tell how user info can be signed', async () => {
  const { body } = await world.call('GET', '/.well-known/openid-configuration')
  assert.deepEqual(body.userinfo_signing_alg_values_supported, ['RS256', 'ES256', 'EdDSA'])
})
