import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createLocalJWKSet, jwtVerify } from 'jose'

import { createBackchannelLogout } from '../../src/oauth/logout/backchannel-logout.ts'
import { ISSUER } from '../test-mapae.ts'
import { createOAuthWorld } from './relying-party.ts'

interface Call {
  readonly url: string
  readonly logoutToken: string
}

const world = await createOAuthWorld()
after(() => world.close())
await world.signUp('mina')
const userId = (await world.mapae.stores.users.findByUsernameKey('mina'))!.id
await world.createClient('told', { backchannelLogoutUri: 'https://told.example.com/out' })
await world.createClient('pair', {
  backchannelLogoutUri: 'https://pair.example.com/out',
  subjectType: 'pairwise',
  idTokenAlgorithm: 'ES256',
})
await world.createClient('quiet')
world.signIn(userId)

/** A node's step, with an application that answers as told. */
function nodeWith(answer: (call: Call) => boolean | Error) {
  const calls: Call[] = []
  const step = createBackchannelLogout({
    ...world.mapae.oauth,
    notices: world.mapae.stores.logoutNotices,
    clock: world.clock,
    async fetch(url, { method, headers, body }) {
      assert.equal(method, 'POST')
      assert.equal(headers['Content-Type'], 'application/x-www-form-urlencoded')
      const call = { url, logoutToken: new URLSearchParams(body).get('logout_token')! }
      calls.push(call)
      const ok = answer(call)
      if (ok instanceof Error) throw ok
      return { ok }
    },
  })
  return { calls, look: () => step(new AbortController().signal) }
}

async function sessionAt(clientId: string) {
  const { body } = await world.exchange(clientId, await world.code(clientId))
  return JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString())
}

test('an application is told once, with a token that it can verify', async () => {
  const { sid, sub } = await sessionAt('told')
  const paired = await sessionAt('pair')
  await sessionAt('quiet')
  const node = nodeWith(() => true)
  await node.look()
  assert.equal(node.calls.length, 0)
  await world.mapae.endSession(sid, 'revoked_by_operator')
  await world.mapae.endSession(paired.sid, 'logout')
  await node.look()
  await node.look()
  assert.deepEqual(
    node.calls.map(({ url }) => url).toSorted((a, b) => a.localeCompare(b)),
    ['https://pair.example.com/out', 'https://told.example.com/out'],
  )
  const { body: jwks } = await world.call('GET', '/.well-known/jwks.json')
  const expected: [string, string, string][] = [
    ['told', sub, sid],
    ['pair', paired.sub, paired.sid],
  ]
  for (const [clientId, subject, sessionId] of expected) {
    const { logoutToken } = node.calls.find(({ url }) => url.includes(clientId))!
    const { payload } = await jwtVerify(logoutToken, createLocalJWKSet(jwks), {
      issuer: ISSUER,
      audience: clientId,
      typ: 'logout+jwt',
      currentDate: new Date(world.clock.milliseconds()),
    })
    assert.equal(payload.sub, subject)
    assert.equal(payload['sid'], sessionId)
    assert.equal(payload['nonce'], undefined)
    assert.deepEqual(payload['events'], {
      'http://schemas.openid.net/event/backchannel-logout': {},
    })
    assert.equal(payload.exp! - payload.iat!, 120)
  }
})

test('one that does not answer is asked again, five times, and then there is an event', async () => {
  const { sid } = await sessionAt('told')
  await world.mapae.endSession(sid, 'logout')
  const node = nodeWith(() => new Error('connection refused'))
  for (let attempt = 1; attempt <= 7; attempt++) {
    await node.look()
    await node.look()
    assert.equal(node.calls.length, Math.min(attempt, 5))
    world.clock.advance(31)
  }
  const events = await world.mapae.stores.events.newest(1)
  assert.equal(events[0]!.name, 'client.logout_not_told')
  assert.deepEqual(events[0]!.details, { client_id: 'told' })
  assert.equal(events[0]!.sessionId, sid)
})

test('one that answers late is not told twice by two nodes, and an error is no answer', async () => {
  const { sid } = await sessionAt('told')
  await world.mapae.endSession(sid, 'logout')
  let isUp = false
  const nodes = [nodeWith(() => isUp), nodeWith(() => isUp)]
  const callsOfAll = () => nodes.flatMap(({ calls }) => calls).length
  await Promise.all(nodes.map(({ look }) => look()))
  assert.equal(callsOfAll(), 1)
  isUp = true
  world.clock.advance(31)
  await Promise.all(nodes.map(({ look }) => look()))
  assert.equal(callsOfAll(), 2)
  world.clock.advance(31)
  await Promise.all(nodes.map(({ look }) => look()))
  assert.equal(callsOfAll(), 2)
})
