import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import type { ClientSettings } from '../../src/domain/client.ts'
import { AUDIENCE, ISSUER, PASSWORD } from '../test-mapae.ts'
import { createClientKey, withAssertion } from './client-key.ts'
import {
  basic,
  claimsOf,
  codeIn,
  createOAuthWorld,
  locationOf,
  query,
  type OAuthWorld,
} from './relying-party.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

let world: OAuthWorld
let userId: string

before(async () => {
  world = await createOAuthWorld()
  userId = (await world.signUp('mina')).user.id
  await world.createClient('app')
})

after(() => world.close())
beforeEach(() => world.signIn(userId))

const tokens = async () => (await world.exchange('app', await world.code('app'))).body

const refresh = (refreshToken: string, key: string, more: Record<string, string> = {}) =>
  world.token(
    { grant_type: 'refresh_token', client_id: 'app', refresh_token: refreshToken, ...more },
    { 'Idempotency-Key': key },
  )

test('a service gives up what it exchanged; the application that its user is signed in to goes on', async () => {
  const secret = await world.createClient('service', {
    authenticationMethod: 'client_secret_basic',
    grants: [EXCHANGE],
    redirectUris: [],
    resource: { audience: AUDIENCE, accessTokenAlgorithm: null, encryptionJwk: null },
  })
  const { access_token, refresh_token } = await tokens()
  const exchanged = await world.token(
    { grant_type: EXCHANGE, subject_token: access_token, subject_token_type: ACCESS_TOKEN },
    basic('service', secret),
  )
  assert.equal(exchanged.status, 200, exchanged.text)
  const form: [string, string][] = [['token', exchanged.body.access_token]]
  const revoked = await world.send('POST', '/oauth/revoke', form, basic('service', secret))
  assert.deepEqual([revoked.status, revoked.body.error], [400, 'unsupported_token_type'])
  assert.equal((await refresh(refresh_token, 'the-first-attempt')).status, 200)
})

test('the page of an application of others does not get the whole account with the cookie', async () => {
  const transport = { username: 'mina', password: PASSWORD, transport: 'cookie' }
  const { headers } = await world.call('POST', '/v1/login', transport)
  const Cookie = headers.get('set-cookie')!.split(';')[0]!
  for (const [id, isTrusted, status] of [
    ['partner', false, 403],
    ['own', true, 200],
  ] as const) {
    const Origin = `https://${id}.example.com`
    await world.createClient(id, { isTrusted, webOrigins: [Origin] })
    const page = { Origin, 'Sec-Fetch-Site': 'same-site' }
    const asked = { ...page, 'Access-Control-Request-Method': 'POST' }
    const preflight = await world.call('OPTIONS', '/v1/refresh', undefined, asked)
    const refreshed = await world.call('POST', '/v1/refresh', undefined, { ...page, Cookie })
    assert.equal(refreshed.status, status, id)
    for (const answer of [preflight, refreshed]) {
      const allowed = answer.headers.get('access-control-allow-origin')
      assert.equal(allowed, isTrusted ? Origin : null, id)
    }
  }
})

for (const [wish, error] of [
  [{ scope: 'read write' }, 'invalid_scope'],
  [{ resource: 'https://other.example.com' }, 'invalid_target'],
] as const) {
  test(`a refresh that asks for too much (${error}) spends nothing and signs nobody out`, async () => {
    const { refresh_token } = await tokens()
    const refused = await refresh(refresh_token, 'the-first-attempt', wish)
    assert.deepEqual([refused.status, refused.body.error], [400, error])
    world.clock.advance(60)
    const next = await refresh(refresh_token, 'the-second-attempt', { scope: 'read' })
    assert.equal(next.status, 200, next.text)
    // Whoever asks for too much with a copy is found out nevertheless.
    assert.equal((await refresh(next.body.refresh_token, 'the-third-attempt')).status, 200)
    const copy = await refresh(refresh_token, 'an-attempt-of-a-thief', wish)
    assert.equal(copy.body.error, 'invalid_grant')
    const late = await refresh(next.body.refresh_token, 'the-third-attempt')
    assert.equal(late.body.error, 'invalid_grant')
  })
}

test('two keys of one name: neither is meant, and nothing breaks', async () => {
  const [one, two] = [await createClientKey('twins'), await createClientKey('twins')]
  const { kid: _kid, ...unnamed } = one.jwk
  const { kid: _other, ...alsoUnnamed } = two.jwk
  const robot: Partial<ClientSettings> = {
    authenticationMethod: 'private_key_jwt',
    grants: ['client_credentials'],
    redirectUris: [],
  }
  await world.createClient('twins', { ...robot, jwks: { keys: [one.jwk, two.jwk, unnamed] } })
  await world.createClient('nameless', { ...robot, jwks: { keys: [unnamed, alsoUnnamed] } })
  for (const id of ['twins', 'nameless']) {
    const about = { iss: id, sub: id }
    const assertion = await two.assertion(world.clock.seconds(), about)
    const answer = await world.token({
      grant_type: 'client_credentials',
      ...withAssertion(assertion),
    })
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_client'], id)
  }
})

test('an app that writes the host of others into its own scheme is not of their sector', async () => {
  const pairwise = { subjectType: 'pairwise' } as const
  const evil = 'com.evil.app://app.example.com/callback'
  await world.createClient('victim', pairwise)
  await world.createClient('same-sector', pairwise)
  await world.createClient('evil', { ...pairwise, redirectUris: [evil] })
  const subjectOf = async (id: string, code?: string) =>
    claimsOf((await world.exchange(id, code ?? (await world.code(id)))).body.id_token).sub
  assert.equal(await subjectOf('victim'), await subjectOf('same-sector'))
  const asked = await world.authorize('evil', { redirect_uri: evil })
  const evilToo = await subjectOf('evil', codeIn(await world.consent(asked)))
  assert.notEqual(await subjectOf('victim'), evilToo)
})

test('what its operator took from a client between the yes and the tokens is not granted', async () => {
  const api = 'https://orders.example.com'
  await world.createClient('shrinking', { audiences: [AUDIENCE, api] })
  const code = async () => {
    const resources = new URLSearchParams([
      ['resource', AUDIENCE],
      ['resource', api],
    ]).toString()
    const path = `/oauth/authorize?${query('shrinking')}&${resources}`
    return locationOf(await world.send('GET', path, null))!.searchParams.get('code')!
  }
  const [first, second] = [await code(), await code()]
  await world.mapae.clients.update('shrinking', { scopes: ['openid'], audiences: [api] })
  const { body, text } = await world.exchange('shrinking', first)
  assert.equal(body.scope, 'openid', text)
  assert.deepEqual(claimsOf(body.access_token).aud, [api, ISSUER])
  await world.mapae.clients.update('shrinking', { audiences: ['https://elsewhere.example.com'] })
  assert.equal((await world.exchange('shrinking', second)).body.error, 'invalid_target')
})
