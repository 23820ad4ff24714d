import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { decodeJwt } from 'jose'

import type { SessionId } from '../../src/domain/ids.ts'
import { accessTokenHash, createDpopKey, type Changes, type DpopKey } from '../dpop-key.ts'
import { createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'

const server = await createTestMapae()
const { call, clock, mapae } = server
after(() => server.close())

await server.signUp()
const key = createDpopKey()

/** The headers of a call with a proof, and with an access token when there is one. */
function proven(
  method: string,
  path: string,
  { by = key, accessToken, ...changes }: Changes & { by?: DpopKey; accessToken?: string } = {},
): Record<string, string> {
  const about = { htm: method, htu: ISSUER + path, iat: clock.seconds() }
  if (accessToken === undefined) return { DPoP: by.proof({ ...about, ...changes }) }
  const ath = accessTokenHash(accessToken)
  return {
    DPoP: by.proof({ ...about, ath, ...changes }),
    Authorization: `DPoP ${accessToken}`,
  }
}

async function signIn(by = key) {
  const body = { username: 'mina', password: PASSWORD }
  const answer = await call('POST', '/v1/login', body, proven('POST', '/v1/login', { by }))
  assert.equal(answer.status, 200)
  return answer.body as { access_token: string; refresh_token: string; token_type: string }
}

const refresh = (refreshToken: string, headers: Record<string, string> = {}) =>
  call('POST', '/v1/refresh', { refresh_token: refreshToken }, headers)

const refreshProven = (refreshToken: string, by = key) =>
  refresh(refreshToken, proven('POST', '/v1/refresh', { by }))

async function sessionOf({ access_token }: { access_token: string }) {
  return (await mapae.stores.sessions.find(decodeJwt(access_token)['sid'] as SessionId))!
}

test('signing in with a proof binds the session and both tokens to its key', async () => {
  const tokens = await signIn()
  assert.equal(tokens.token_type, 'DPoP')
  assert.deepEqual(decodeJwt(tokens.access_token)['cnf'], { jkt: key.thumbprint })
  assert.equal(decodeJwt(tokens.refresh_token)['jkt'], key.thumbprint)
  assert.equal((await sessionOf(tokens)).dpopKeyThumbprint, key.thumbprint)

  const headers = proven('GET', '/v1/me', { accessToken: tokens.access_token })
  assert.equal((await call('GET', '/v1/me', undefined, headers)).status, 200)
  const again = await call('GET', '/v1/me', undefined, headers)
  assert.deepEqual([again.status, again.body.reason], [401, 'replayed'])
})

test('signing up with a proof does too', async () => {
  const body = { username: 'juno', password: PASSWORD }
  const answer = await call('POST', '/v1/signup', body, proven('POST', '/v1/signup'))
  assert.deepEqual([answer.status, answer.body.token_type], [201, 'DPoP'])
  assert.equal((await sessionOf(answer.body)).dpopKeyThumbprint, key.thumbprint)
})

test('a bound access token is no bearer token, and the reverse', async () => {
  const { access_token: accessToken } = await signIn()
  const bare = await call('GET', '/v1/me', undefined, server.bearer(accessToken))
  assert.deepEqual([bare.status, bare.body.code], [401, 'invalid_token'])
  assert.equal(bare.body.reason, 'proof_required')
  assert.match(
    bare.headers.get('www-authenticate')!,
    /^DPoP error="invalid_token", .* algs="ES256 /,
  )

  const unbound = await call('POST', '/v1/login', { username: 'mina', password: PASSWORD })
  const headers = proven('GET', '/v1/me', { accessToken: unbound.body.access_token })
  const answer = await call('GET', '/v1/me', undefined, headers)
  assert.deepEqual([answer.status, answer.body.reason], [401, 'not_bound'])
})

test('the user logs out with a bound access token', async () => {
  const tokens = await signIn()
  const headers = proven('POST', '/v1/logout', { accessToken: tokens.access_token })
  assert.equal((await call('POST', '/v1/logout', {}, headers)).status, 204)
  assert.equal((await sessionOf(tokens)).endedReason, 'logout')
})

test('row 2: without a good proof nothing changes', async () => {
  const tokens = await signIn()
  const before = await sessionOf(tokens)
  const bad = [
    {},
    { DPoP: '' },
    { DPoP: 'nonsense' },
    proven('POST', '/v1/login'),
    proven('POST', '/v1/refresh', { jti: null }),
  ]
  for (const headers of bad) {
    const answer = await refresh(tokens.refresh_token, headers)
    assert.deepEqual([answer.status, answer.body.code], [401, 'invalid_dpop_proof'])
    assert.match(answer.headers.get('www-authenticate')!, /^DPoP error="invalid_dpop_proof", /)
    assert.deepEqual(await sessionOf(tokens), before)
  }
  assert.equal((await refreshProven(tokens.refresh_token)).status, 200)
})

test('row 3: a proof of another key ends the session, though its refresh token is the newest', async () => {
  const tokens = await signIn()
  const answer = await refreshProven(tokens.refresh_token, createDpopKey())
  assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_grant'])
  const session = await sessionOf(tokens)
  assert.deepEqual([session.endedReason, session.live], ['refresh_token_wrong_key', 1])
  const events = (await mapae.stores.events.newest(2)).map(({ name }) => name)
  assert.deepEqual(events, ['token.wrong_key', 'session.revoked'])
  assert.equal((await refreshProven(tokens.refresh_token)).body.code, 'invalid_grant')
  const headers = proven('GET', '/v1/me', { accessToken: tokens.access_token })
  assert.equal((await call('GET', '/v1/me', undefined, headers)).body.reason, 'session_ended')
})

test('row 5: a lost response is made good at any time, by whoever holds the key', async () => {
  const tokens = await signIn()
  const next = (await refreshProven(tokens.refresh_token)).body
  clock.advance(3600)
  const late = await refreshProven(tokens.refresh_token)
  assert.equal(late.status, 200)
  assert.deepEqual(decodeJwt(late.body.refresh_token), decodeJwt(next.refresh_token))
  assert.equal((await refreshProven(late.body.refresh_token)).status, 200)
  const old = await refreshProven(tokens.refresh_token)
  assert.equal(old.body.code, 'invalid_grant', 'older than the spent one: a copy')
  assert.equal((await sessionOf(tokens)).endedReason, 'refresh_token_reuse')
})

test('of 50 tabs at once each gets the same generation', async () => {
  const tokens = await signIn()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => refreshProven(tokens.refresh_token)),
  )
  const generations = answers.map(({ body }) => decodeJwt(body.refresh_token)['gen'])
  assert.deepEqual(new Set(generations), new Set([2]))
  assert.equal((await sessionOf(tokens)).live, 2)
})

test('a session that is not bound does not become so; only the access token is', async () => {
  const login = await call('POST', '/v1/login', { username: 'mina', password: PASSWORD })
  const refreshed = await refreshProven(login.body.refresh_token)
  assert.equal(refreshed.body.token_type, 'DPoP')
  assert.deepEqual(decodeJwt(refreshed.body.access_token)['cnf'], { jkt: key.thumbprint })
  assert.equal(decodeJwt(refreshed.body.refresh_token)['jkt'], undefined)
  const bare = await refresh(refreshed.body.refresh_token)
  assert.deepEqual([bare.status, bare.body.token_type], [200, 'Bearer'])
})

test('a session in a cookie is bound as well', async () => {
  const body = { username: 'mina', password: PASSWORD, transport: 'cookie' }
  const login = await call('POST', '/v1/login', body, proven('POST', '/v1/login'))
  const cookie = { Cookie: login.headers.get('set-cookie')!.split(';')[0]! }
  const bare = await call('POST', '/v1/refresh', undefined, cookie)
  assert.equal(bare.body.code, 'invalid_dpop_proof')
  const headers = { ...cookie, ...proven('POST', '/v1/refresh') }
  const refreshed = await call('POST', '/v1/refresh', undefined, headers)
  assert.deepEqual([refreshed.status, refreshed.body.token_type], [200, 'DPoP'])
})

test('a client whose clock is wrong goes on with the nonce that it is told', async () => {
  const tokens = await signIn()
  const iat = clock.seconds() - 7200
  const refused = await refresh(tokens.refresh_token, proven('POST', '/v1/refresh', { iat }))
  assert.deepEqual([refused.status, refused.body.code], [401, 'use_dpop_nonce'])
  assert.match(refused.headers.get('www-authenticate')!, /^DPoP error="use_dpop_nonce", /)
  const nonce = refused.headers.get('dpop-nonce')!
  const headers = proven('POST', '/v1/refresh', { iat, nonce })
  const refreshed = await refresh(tokens.refresh_token, headers)
  assert.equal(refreshed.status, 200)

  const accessToken = refreshed.body.access_token as string
  const unproven = proven('GET', '/v1/me', { accessToken, iat })
  const asked = await call('GET', '/v1/me', undefined, unproven)
  assert.deepEqual([asked.status, asked.body.code], [401, 'use_dpop_nonce'])
  const withNonce = { accessToken, iat, nonce: asked.headers.get('dpop-nonce') }
  const answer = await call('GET', '/v1/me', undefined, proven('GET', '/v1/me', withNonce))
  assert.equal(answer.status, 200)
})

test('the query of a call is no part of what is proven', async () => {
  const { access_token: accessToken } = await signIn()
  const headers = proven('GET', '/v1/me', { accessToken })
  assert.equal((await call('GET', '/v1/me?a=b', undefined, headers)).status, 200)
})
