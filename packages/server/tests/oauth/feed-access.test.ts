import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { AUDIENCE, ISSUER } from '../test-mapae.ts'
import { accessTokenHash, createDpopKey } from '../dpop-key.ts'
import { basic, claimsOf, createOAuthWorld, type OAuthWorld } from './relying-party.ts'

const MACHINE = {
  authenticationMethod: 'client_secret_basic',
  grants: ['client_credentials'],
  redirectUris: [],
  scopes: ['revocations', 'read'],
  audiences: [ISSUER, AUDIENCE],
} as const

let world: OAuthWorld
let secret: string
before(async () => {
  world = await createOAuthWorld({ revocationFeed: 'private' })
  secret = await world.createClient('orders-api', MACHINE)
})
after(() => world.close())

async function tokenFor(
  form: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<string> {
  const { status, body } = await world.token(
    { grant_type: 'client_credentials', scope: 'revocations', ...form },
    { ...basic('orders-api', secret), ...headers },
  )
  assert.equal(status, 200, JSON.stringify(body))
  return body.access_token
}

const feed = (headers: Record<string, string>) =>
  world.call('GET', '/v1/revocations', undefined, headers)
const poll = (accessToken: string, json: object = {}) =>
  world.call('POST', '/v1/signals', { returnImmediately: true, ...json }, world.bearer(accessToken))

/** A session of the user that has ended. */
async function endOne(username: string): Promise<string> {
  const { access_token, refresh_token } = await world.signUp(username)
  await world.call('POST', '/v1/logout', { refresh_token })
  return claimsOf(access_token).sid
}

test('a client with the scope reads the private feed, which no cache keeps', async () => {
  const sid = await endOne('read')
  const { status, body, headers } = await feed(world.bearer(await tokenFor()))
  assert.equal(status, 200)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.ok(claimsOf(body.revocations).sessions.some(([one]: [string]) => one === sid))
})

test('other tokens of clients and users do not open it', async () => {
  const user = await world.signUp('curious')
  const cases = {
    'without the scope': await tokenFor({ scope: 'read' }),
    'for another audience': await tokenFor({ resource: AUDIENCE }),
    "a user's": user.access_token,
  }
  for (const [name, token] of Object.entries(cases)) {
    const { status, body, headers } = await feed(world.bearer(token))
    assert.deepEqual([status, body.code], [403, 'insufficient_scope'], name)
    assert.match(headers.get('www-authenticate')!, /^Bearer error="insufficient_scope", scope="rev/)
    assert.equal((await poll(token)).status, 403, name)
  }
  for (const token of ['x', user.refresh_token]) {
    const { status, body } = await feed(world.bearer(token))
    assert.deepEqual([status, body.code], [401, 'invalid_token'])
  }
})

test('a token that is bound to a key needs the proof', async () => {
  const key = createDpopKey()
  const iat = world.clock.seconds()
  const tokenUrl = `${ISSUER}/oauth/token`
  const token = await tokenFor({}, { DPoP: key.proof({ htm: 'POST', htu: tokenUrl, iat }) })
  assert.equal((await feed(world.bearer(token))).status, 401)
  const htu = `${ISSUER}/v1/revocations`
  const proof = key.proof({ htm: 'GET', htu, iat, ath: accessTokenHash(token) })
  const bound = { Authorization: `DPoP ${token}`, DPoP: proof }
  assert.equal((await feed(bound)).status, 200)
  const again = await feed(bound)
  assert.deepEqual([again.status, again.body.code], [401, 'invalid_dpop_proof'])
})

test('a client that was deleted is refused, and told of on the feed', async () => {
  const gone = await world.createClient('gone-api', MACHINE)
  const { body } = await world.token(
    { grant_type: 'client_credentials', scope: 'revocations' },
    basic('gone-api', gone),
  )
  await world.mapae.clients.delete('gone-api')
  const refused = await feed(world.bearer(body.access_token))
  assert.deepEqual([refused.status, refused.body.reason], [401, 'client_disabled'])
  const reader = world.bearer(await tokenFor())
  const now = world.clock.seconds()
  let clients
  while (clients === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    clients = claimsOf((await feed(reader)).body.revocations).clients
  }
  assert.deepEqual(clients, [['gone-api', now + 60, now + 660]])
})

test('signals: told from the first poll on, signed, again until acknowledged', async () => {
  await endOne('before-the-first')
  world.clock.advance(1)
  const token = await tokenFor()
  assert.deepEqual((await poll(token)).body, { sets: {}, moreAvailable: false })
  world.clock.advance(1)
  const sid = await endOne('signalled')
  const { status, body } = await poll(token)
  assert.equal(status, 200)
  const [name] = Object.keys(body.sets)
  assert.equal(name, `end.${sid}`)
  const set = body.sets[name]
  const header = JSON.parse(Buffer.from(set.split('.')[0], 'base64url').toString())
  assert.equal(header.typ, 'secevent+jwt')
  const claims = claimsOf(set)
  assert.equal(claims.exp, undefined)
  assert.deepEqual([claims.jti, claims.aud, claims.iss], [name, 'orders-api', ISSUER])
  assert.deepEqual(Object.keys((await poll(token)).body.sets), [name])
  assert.deepEqual((await poll(token, { ack: [name] })).body.sets, {})
  assert.deepEqual((await poll(token)).body.sets, {})
})

test('signals: a poll that waits is answered when a session ends', async () => {
  const token = await tokenFor()
  const waiting = poll(token, { returnImmediately: false })
  const sid = await endOne('waited-for')
  const { body } = await waiting
  assert.deepEqual(Object.keys(body.sets), [`end.${sid}`])
  await poll(token, { setErrs: { [`end.${sid}`]: { err: 'invalid_key', description: '…' } } })
  assert.deepEqual((await poll(token)).body.sets, {})
})

test('signals: nobody polls without a token, and nonsense is refused', async () => {
  const anonymous = await world.call('POST', '/v1/signals', {})
  assert.deepEqual([anonymous.status, anonymous.body.code], [401, 'authentication_required'])
  const token = await tokenFor()
  for (const json of [
    { maxEvents: -1 },
    { maxEvents: 1.5 },
    { ack: 'end.x' },
    { ack: ['a'.repeat(257)] },
    { ack: Array(1001).fill('a') },
    { setErrs: { a: 'no object' } },
    { returnImmediately: 'yes' },
  ]) {
    const { status, body } = await poll(token, json)
    assert.deepEqual([status, body.code], [400, 'invalid_request'], JSON.stringify(json))
  }
})

test('a signal names a user as the tokens of the session did', async () => {
  const { user } = await world.signUp('hidden')
  const token = await tokenFor()
  await poll(token)
  world.signIn(user.id)
  const names: [string, string | undefined][] = []
  for (const [clientId, subjectType] of [
    ['pair', 'pairwise'],
    ['plain', 'public'],
    ['gone', 'pairwise'],
  ] as const) {
    await world.createClient(clientId, { subjectType })
    const { body } = await world.exchange(clientId, await world.code(clientId))
    const { sid, sub } = claimsOf(body.access_token)
    await world.mapae.endSession(sid, 'logout')
    if (clientId === 'gone') await world.mapae.clients.delete(clientId)
    names.push([sid, clientId === 'gone' ? undefined : sub])
  }
  const { sets } = (await poll(token)).body
  for (const [sid, sub] of names) {
    assert.equal(claimsOf(sets[`end.${sid}`]).sub_id.user?.sub, sub)
  }
})
