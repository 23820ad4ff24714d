import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'

import { createLocalJWKSet, jwtVerify } from 'jose'

import type { Session } from '../../src/domain/session.ts'
import type { Seconds } from '../../src/domain/time.ts'
import { createAccessTokens } from '../../src/tokens/access-token.ts'
import { statementsDuring } from '../statement-log.ts'
import { AUDIENCE, createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'

const MOST_BYTES = 420
const BUDGET_BYTES = 1024

const server = await createTestMapae()
const { call, bearer, clock, mapae } = server
after(() => server.close())

const signedUp = await server.signUp()
const jwks = createLocalJWKSet((await call('GET', '/.well-known/jwks.json')).body)
const verifyOptions = {
  issuer: ISSUER,
  audience: AUDIENCE,
  typ: 'at+jwt',
  currentDate: new Date(clock.milliseconds()),
}

/** A session as the store gives it, for a client called `web`. */
async function sessionOf(changes: Partial<Session>): Promise<Session> {
  const { payload } = await jwtVerify(signedUp.access_token, jwks, verifyOptions)
  const stored = await mapae.stores.sessions.find(payload['sid'] as Session['id'])
  return { ...stored!, clientId: 'web', ...changes }
}

function mint(session: Session) {
  const settings = {
    issuer: ISSUER,
    audience: AUDIENCE,
    lifetimeSeconds: 600 as Seconds,
    budgetBytes: BUDGET_BYTES,
  }
  return createAccessTokens(settings, mapae.signingKeys.accessToken, clock, randomBytes).mint(
    session,
  )
}

test('an access token has the header and the claims of RFC 9068, and no more', async () => {
  const answer = await jwtVerify(signedUp.access_token, jwks, verifyOptions)
  const { protectedHeader, payload } = answer
  const { kid, ...header } = protectedHeader
  assert.deepEqual(header, { alg: 'ES256', typ: 'at+jwt' })
  assert.ok(mapae.signingKeys.publicJwks.keys.some((key) => key['kid'] === kid))
  const { jti, sid, ...rest } = payload
  assert.deepEqual(rest, {
    iss: ISSUER,
    sub: signedUp.user.id,
    aud: AUDIENCE,
    iat: clock.seconds(),
    exp: clock.seconds() + 600,
    client_id: 'first-party',
  })
  assert.equal(Buffer.from(jti!, 'base64url').length, 8)
  assert.equal(Buffer.from(String(sid), 'base64url').length, 16)
  assert.equal(signedUp.expires_in, 600)
})

test('two access tokens of one session differ in their jti', async () => {
  const session = await sessionOf({})
  assert.notEqual(mint(session).accessToken, mint(session).accessToken)
})

test(`the default access token has at most ${MOST_BYTES} bytes`, async () => {
  const { accessToken } = mint(await sessionOf({}))
  const { payload } = await jwtVerify(accessToken, jwks, verifyOptions)
  const claims = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'sid']
  assert.deepEqual(Object.keys(payload).toSorted(), claims.toSorted())
  assert.equal(payload['client_id'], 'web')
  assert.ok(accessToken.length <= MOST_BYTES, `${accessToken.length} bytes`)
})

test('a scope is in the token where there is one', async () => {
  const { accessToken } = mint(await sessionOf({ scope: 'read write' }))
  const { payload } = await jwtVerify(accessToken, jwks, verifyOptions)
  assert.equal(payload['scope'], 'read write')
})

test('a token over the budget is not minted, and the error names the largest claims', async () => {
  const fitting = await sessionOf({ scope: 's'.repeat(400) })
  assert.ok(mint(fitting).accessToken.length <= BUDGET_BYTES)
  const scope = 's'.repeat(700)
  const tooLong = await sessionOf({ scope, clientId: 'c'.repeat(100) })
  assert.throws(() => mint(tooLong), {
    message:
      /^The access token would have 1\d{3} bytes, over its budget of 1024; largest claims: scope \(702 bytes\), client_id \(102 bytes\), iss \(\d+ bytes\)\.$/,
  })
})

test('jose refuses what was changed, with the keys that the server publishes', async () => {
  const [header, payload, signature] = signedUp.access_token.split('.')
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'other' }
  const forged = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const spoilt = jwtVerify(`${header}.${forged}.${signature}`, jwks, verifyOptions)
  await assert.rejects(spoilt, { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
})

test('knowing who is asking takes no database query', async () => {
  const authorization = bearer(signedUp.access_token)
  const queriesOf = async (method: string, path: string, headers: Record<string, string>) =>
    statementsDuring(async () => {
      const { status } = await call(method, path, undefined, headers)
      assert.notEqual(status, 500)
    })

  const listing = await queriesOf('GET', '/v1/sessions', authorization)
  assert.equal(listing.length, 1)
  assert.match(listing[0]!, /FROM sessions WHERE user_id = /)
  const user = await queriesOf('GET', '/v1/me', authorization)
  assert.equal(user.length, 1)
  assert.match(user[0]!, /FROM users WHERE id = /)
  // Authenticated, and refused by the shape of the identifier alone.
  assert.deepEqual(await queriesOf('DELETE', '/v1/sessions/x', authorization), [])
  assert.deepEqual(await queriesOf('GET', '/v1/me', bearer('abc')), [])
  assert.deepEqual(await queriesOf('GET', '/v1/me', {}), [])
  const forgedRefresh = { refresh_token: signedUp.access_token }
  assert.deepEqual(await statementsDuring(() => call('POST', '/v1/refresh', forgedRefresh)), [])
})

test('an ended session is refused without a query', async () => {
  const other = await server.signUp('ended')
  assert.equal((await call('POST', '/v1/logout', {}, bearer(other.access_token))).status, 204)
  const statements = await statementsDuring(async () => {
    const { status, body } = await call('GET', '/v1/me', undefined, bearer(other.access_token))
    assert.deepEqual([status, body.reason], [401, 'session_ended'])
  })
  assert.deepEqual(statements, [])
})

test('an access token of an ended session stays refused when lifetimes get shorter', async () => {
  const longLived = await createTestMapae({ accessTokenSeconds: 3600 })
  const { access_token, refresh_token } = await longLived.signUp()
  const logout = await longLived.call('POST', '/v1/logout', { refresh_token })
  assert.equal(logout.status, 204)
  longLived.clock.advance(600)
  await longLived.restart({ accessTokenSeconds: 60 })
  const answer = await longLived.call('GET', '/v1/me', undefined, bearer(access_token))
  assert.deepEqual([answer.status, answer.body.code], [401, 'invalid_token'])

  const login = { username: 'mina', password: PASSWORD }
  const again = (await longLived.call('POST', '/v1/login', login)).body
  const fresh = await longLived.call('GET', '/v1/me', undefined, bearer(again.access_token))
  assert.equal(fresh.status, 200)
  await longLived.close()
})
