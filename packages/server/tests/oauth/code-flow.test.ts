import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import * as jose from 'jose'

import { defaultClientSettings } from '../../src/domain/client.ts'
import { AUDIENCE, ISSUER } from '../test-mapae.ts'
import {
  basic,
  claimsOf,
  createOAuthWorld,
  locationOf,
  REDIRECT_URI,
  VERIFIER,
  type OAuthWorld,
} from './relying-party.ts'

let world: OAuthWorld
let userId: string
let secret: string

before(async () => {
  world = await createOAuthWorld()
  await world.signUp('mina')
  userId = (await world.mapae.stores.users.findByUsernameKey('mina'))!.id
  const { idTokenAlgorithm } = defaultClientSettings
  await world.createClient('app', { idTokenAlgorithm })
  secret = await world.createClient('web', {
    authenticationMethod: 'client_secret_basic',
    grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  })
})

after(() => world.close())

beforeEach(() => world.signIn(userId))

async function keySet() {
  return jose.createLocalJWKSet((await world.call('GET', '/.well-known/jwks.json')).body)
}

test('a public client gets tokens for a code, and the tokens say for whom', async () => {
  const answer = await world.authorize('app', { nonce: 'a-nonce' })
  assert.equal(answer.status, 303)
  const location = locationOf(answer)!
  assert.equal(location.origin + location.pathname, REDIRECT_URI)
  assert.deepEqual([...location.searchParams.keys()], ['code', 'state', 'iss'])
  assert.equal(location.searchParams.get('iss'), ISSUER)
  assert.equal(location.searchParams.get('state'), 'a-state')

  const code = location.searchParams.get('code')!
  const { status, body, headers } = await world.exchange('app', code)
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.deepEqual(Object.keys(body).toSorted(), [
    'access_token',
    'expires_in',
    'id_token',
    'refresh_token',
    'scope',
    'token_type',
  ])
  assert.equal(body.scope, 'openid read')

  const now = new Date(world.clock.milliseconds())
  const keys = await keySet()
  const access = await jose.jwtVerify(body.access_token, keys, {
    issuer: ISSUER,
    audience: AUDIENCE,
    typ: 'at+jwt',
    currentDate: now,
  })
  assert.equal(access.payload.sub, userId)
  assert.equal(access.payload['client_id'], 'app')
  assert.equal(access.protectedHeader.alg, 'ES256')
  assert.equal(access.payload['auth_time'], world.clock.seconds())
  const identity = await jose.jwtVerify(body.id_token, keys, {
    issuer: ISSUER,
    audience: 'app',
    typ: 'JWT',
    currentDate: now,
  })
  assert.equal(identity.protectedHeader.alg, 'RS256')
  assert.equal(identity.payload['nonce'], 'a-nonce')
  assert.equal(identity.payload.sub, userId)
  assert.equal(identity.payload['sid'], access.payload['sid'])
  assert.deepEqual(identity.payload['amr'], ['pwd'])
})

test('the tokens of an application do not open the first-party API', async () => {
  const { body } = await world.exchange('app', await world.code('app'))
  const used = await world.call('GET', '/v1/me', undefined, world.bearer(body.access_token))
  assert.equal(used.status, 403)
  assert.equal(used.body.code, 'insufficient_scope')
  const refreshed = await world.call('POST', '/v1/refresh', { refresh_token: body.refresh_token })
  assert.equal(refreshed.body.code, 'invalid_grant')
  const ended = await world.call('POST', '/v1/logout', {
    refresh_token: body.refresh_token,
    everywhere: true,
  })
  assert.equal(ended.body.code, 'invalid_grant')
})

test('a confidential client proves itself by header or form, and nobody else can be it', async () => {
  const exchange = async (form: Record<string, string>, headers?: Record<string, string>) =>
    world.token(
      {
        grant_type: 'authorization_code',
        code: await world.code('web'),
        redirect_uri: REDIRECT_URI,
        code_verifier: VERIFIER,
        ...form,
      },
      headers,
    )
  assert.equal((await exchange({}, basic('web', secret))).status, 200)
  assert.equal((await exchange({ client_id: 'web', client_secret: secret })).status, 200)
  // Who used the header is challenged by 401; a 401 without a challenge there is not.
  for (const [status, challenge, refused] of [
    [401, 'Basic realm="mapae", charset="UTF-8"', await exchange({}, basic('web', `${secret}x`))],
    [401, 'Basic realm="mapae", charset="UTF-8"', await exchange({}, { Authorization: 'Basic !' })],
    [400, null, await exchange({ client_id: 'web', client_secret: 'mcs_wrong' })],
    [400, null, await exchange({ client_id: 'web' })],
    [400, null, await exchange({ client_id: 'nobody' })],
    [400, null, await exchange({})],
  ] as const) {
    const { headers, body } = refused
    assert.deepEqual([refused.status, body.error], [status, 'invalid_client'])
    assert.equal(headers.get('www-authenticate'), challenge)
  }
  const both = await exchange({ client_id: 'web', client_secret: secret }, basic('web', secret))
  assert.deepEqual([both.status, both.body.error], [400, 'invalid_request'])
  const other = await exchange({ client_id: 'app' }, basic('web', secret))
  assert.deepEqual([other.status, other.body.error], [400, 'invalid_request'])
})

test('a refresh token goes on by the rules of rotation, for its own client only', async () => {
  const { body } = await world.exchange('app', await world.code('app'))
  const refresh = (refreshToken: string, more: Record<string, string> = {}, headers = {}) =>
    world.token(
      { grant_type: 'refresh_token', client_id: 'app', refresh_token: refreshToken, ...more },
      headers,
    )
  const wrong = await world.token(
    { grant_type: 'refresh_token', refresh_token: body.refresh_token },
    basic('web', secret),
  )
  assert.equal(wrong.body.error, 'invalid_grant')

  const next = await refresh(body.refresh_token)
  assert.equal(next.status, 200)
  assert.equal(claimsOf(next.body.access_token).sid, claimsOf(body.access_token).sid)
  assert.ok(next.body.id_token)
  const narrowed = await refresh(next.body.refresh_token, { scope: 'read' })
  assert.equal(narrowed.body.scope, 'read')
  assert.equal(narrowed.body.id_token, undefined)
  assert.equal((await refresh(narrowed.body.refresh_token, { scope: 'write' })).status, 400)

  world.clock.advance(60)
  const stolen = await refresh(body.refresh_token)
  assert.equal(stolen.body.error, 'invalid_grant')
  assert.equal((await refresh(narrowed.body.refresh_token)).body.error, 'invalid_grant')
})

test('a client gets a token for itself, without user, session and refresh token', async () => {
  const form = { grant_type: 'client_credentials', scope: 'read' }
  const { status, body } = await world.token(form, basic('web', secret))
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body).toSorted(), [
    'access_token',
    'expires_in',
    'scope',
    'token_type',
  ])
  const claims = claimsOf(body.access_token)
  assert.equal(claims.sub, 'web')
  assert.equal(claims.client_id, 'web')
  assert.equal(claims.sid, undefined)
  const used = await world.call('GET', '/v1/me', undefined, world.bearer(body.access_token))
  assert.equal(used.status, 401)
  for (const scope of ['openid', 'write', 'read write']) {
    const refused = await world.token({ ...form, scope }, basic('web', secret))
    assert.equal(refused.body.error, 'invalid_scope', scope)
  }
  const publicClient = await world.token({ ...form, client_id: 'app' })
  assert.equal(publicClient.body.error, 'unauthorized_client')
})

test('a code is worth nothing a second time, and what the first time gave ends', async () => {
  const code = await world.code('app')
  const first = await world.exchange('app', code)
  assert.equal(first.status, 200)
  const second = await world.exchange('app', code)
  assert.deepEqual([second.status, second.body.error], [400, 'invalid_grant'])
  const refreshed = await world.token({
    grant_type: 'refresh_token',
    client_id: 'app',
    refresh_token: first.body.refresh_token,
  })
  assert.equal(refreshed.body.error, 'invalid_grant')
  const session = await world.mapae.stores.sessions.find(claimsOf(first.body.access_token).sid)
  assert.equal(session?.endedReason, 'authorization_code_reuse')
})

test('of 50 who exchange a code at once one gets tokens, and they are dead', async () => {
  const code = await world.code('app')
  const all = await Promise.all(Array.from({ length: 50 }, () => world.exchange('app', code)))
  const given = all.filter(({ status }) => status === 200)
  assert.equal(given.length, 1)
  assert.ok(all.every(({ status }) => status === 200 || status === 400))
  const session = await world.mapae.stores.sessions.find(claimsOf(given[0]!.body.access_token).sid)
  assert.notEqual(session?.endedAt, null)
})

test('who has the code but not the verifier changes nothing', async () => {
  const code = await world.code('app')
  for (const more of [
    { code_verifier: 'x'.repeat(43) },
    { code_verifier: 'short' },
    { redirect_uri: 'https://app.example.com/other' },
  ]) {
    const refused = await world.exchange('app', code, more)
    assert.equal(refused.body.error, 'invalid_grant')
  }
  const other = await world.token(
    { grant_type: 'authorization_code', code, code_verifier: VERIFIER },
    basic('web', secret),
  )
  assert.equal(other.body.error, 'invalid_grant')
  assert.equal((await world.exchange('app', code)).status, 200)
})

test('a client that knows no PKCE sends a nonce instead, when its operator lets it', async () => {
  const oldSecret = await world.createClient('old', {
    authenticationMethod: 'client_secret_basic',
    mayOmitPkce: true,
  })
  const without = { code_challenge: null, code_challenge_method: null }
  const nonce = { ...without, nonce: 'a-nonce' }
  const exchange = (code: string, more: Record<string, string> = {}) =>
    world.token(
      { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, ...more },
      basic('old', oldSecret),
    )
  const { body } = await exchange(await world.code('old', nonce))
  assert.equal(claimsOf(body.id_token).nonce, 'a-nonce')
  for (const refused of [
    await world.authorize('web', nonce),
    await world.authorize('old', without),
    await world.authorize('old', { ...nonce, scope: 'read' }),
    await world.authorize('old', { ...nonce, code_challenge_method: 'S256' }),
    await world.authorize('old', { nonce: 'a-nonce', code_challenge_method: null }),
  ]) {
    assert.equal(locationOf(refused)!.searchParams.get('error'), 'invalid_request')
  }
  // Somebody took the challenge out of the request of a client that uses PKCE after all.
  const stripped = await exchange(await world.code('old', nonce), { code_verifier: VERIFIER })
  assert.equal(stripped.body.error, 'invalid_grant')
  const proven = await world.code('old', { nonce: 'a-nonce' })
  assert.equal((await exchange(proven)).body.error, 'invalid_request')
  assert.equal((await exchange(proven, { code_verifier: VERIFIER })).status, 200)
})

test('a client sends neither PKCE nor a nonce when its operator takes that risk, and only then', async () => {
  const bareSecret = await world.createClient('bare', {
    authenticationMethod: 'client_secret_basic',
    mayOmitPkce: true,
    acceptsInjectableCodes: true,
  })
  const without = { code_challenge: null, code_challenge_method: null }
  const form = { grant_type: 'authorization_code', redirect_uri: REDIRECT_URI }
  const exchange = async (more: Record<string, string | null>, verifier = {}) =>
    world.token(
      { ...form, code: await world.code('bare', more), ...verifier },
      basic('bare', bareSecret),
    )
  const { status, body } = await exchange(without)
  assert.deepEqual([status, claimsOf(body.id_token).nonce], [200, undefined])
  for (const refused of [
    await world.authorize('bare', { ...without, scope: 'read' }),
    await world.authorize('bare', { code_challenge: null }),
    await world.authorize('bare', { code_challenge_method: null }),
  ]) {
    assert.equal(locationOf(refused)!.searchParams.get('error'), 'invalid_request')
  }
  // What it does send still counts.
  assert.equal((await exchange({})).body.error, 'invalid_request')
  assert.equal((await exchange({}, { code_verifier: VERIFIER })).status, 200)
  assert.equal((await exchange(without, { code_verifier: VERIFIER })).body.error, 'invalid_grant')
})

test('who gets another password is signed out of every application', async () => {
  const { user } = await world.signUp('jade')
  world.signIn(user.id)
  const { body } = await world.exchange('app', await world.code('app'))
  world.signIn(userId)
  await world.mapae.accounts.setPassword({
    user: (await world.mapae.stores.users.find(user.id))!,
    password: 'another-purple-otter-77',
    keep: null,
    keepBrowser: null,
    ipAddress: null,
    by: 'operator',
  })
  const form = { grant_type: 'refresh_token', client_id: 'app' }
  const refreshed = await world.token({ ...form, refresh_token: body.refresh_token })
  assert.deepEqual([refreshed.status, refreshed.body.error], [400, 'invalid_grant'])
  const bearer = world.bearer(body.access_token)
  const used = await world.send('GET', '/oauth/userinfo', null, bearer)
  assert.deepEqual([used.status, used.body.error], [401, 'invalid_token'])
})

test('a code is over after a minute, and when its user got another password', async () => {
  const late = await world.code('app')
  world.clock.advance(60)
  assert.equal((await world.exchange('app', late)).body.error, 'invalid_grant')
  const code = await world.code('app')
  const user = (await world.mapae.stores.users.find(userId as never))!
  await world.mapae.accounts.setPassword({
    user,
    password: 'another-purple-otter-77',
    keep: null,
    keepBrowser: null,
    ipAddress: null,
    by: 'operator',
  })
  assert.equal((await world.exchange('app', code)).body.error, 'invalid_grant')
})
