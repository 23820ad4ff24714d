import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'

import { createLocalJWKSet, jwtVerify } from 'jose'

import { ISSUER } from '../test-mapae.ts'
import { createOAuthWorld } from './relying-party.ts'

interface Call {
  readonly url: string
  readonly logoutToken: string
}

let calls: Call[] = []
let answers: () => Promise<Response> = async () => new Response(null, { status: 204 })

const world = await createOAuthWorld({}, undefined, async (url, { method, headers, body } = {}) => {
  assert.equal(method, 'POST')
  assert.equal(new Headers(headers).get('content-type'), 'application/x-www-form-urlencoded')
  calls.push({ url, logoutToken: new URLSearchParams(body).get('logout_token')! })
  return answers()
})
after(() => world.close())
beforeEach(() => {
  calls = []
})
await world.signUp('mina')
const userId = (await world.mapae.stores.users.findByUsernameKey('mina'))!.id
await world.createClient('slow', { backchannelLogoutUri: 'https://slow.example.com/out' })
await world.createClient('told', { backchannelLogoutUri: 'https://told.example.com/out' })
await world.createClient('pair', {
  backchannelLogoutUri: 'https://pair.example.com/out',
  subjectType: 'pairwise',
  idTokenAlgorithm: 'ES256',
})
await world.createClient('quiet')
world.signIn(userId)

const look = () => world.mapae.oauth.tellOfEnds(new AbortController().signal)

async function sessionAt(clientId: string) {
  const { body } = await world.exchange(clientId, await world.code(clientId))
  return JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString())
}

test('an application is told once, with a token that it can verify', async () => {
  const { sid, sub } = await sessionAt('told')
  const paired = await sessionAt('pair')
  await sessionAt('quiet')
  await look()
  assert.equal(calls.length, 0)
  await world.mapae.endSession(sid, 'revoked_by_operator')
  await world.mapae.endSession(paired.sid, 'logout')
  await look()
  await look()
  assert.deepEqual(
    calls.map(({ url }) => url).toSorted((a, b) => a.localeCompare(b)),
    ['https://pair.example.com/out', 'https://told.example.com/out'],
  )
  const { body: jwks } = await world.call('GET', '/.well-known/jwks.json')
  const expected: [string, string, string][] = [
    ['told', sub, sid],
    ['pair', paired.sub, paired.sid],
  ]
  for (const [clientId, subject, sessionId] of expected) {
    const { logoutToken } = calls.find(({ url }) => url.includes(clientId))!
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
    assert.match(payload.jti!, /^[\w-]{11}$/)
  }
})

test('one that does not answer is asked again, five times, and then there is an event', async () => {
  const { sid } = await sessionAt('told')
  await world.mapae.endSession(sid, 'logout')
  answers = () => Promise.reject(new Error('connection refused'))
  for (let attempt = 1; attempt <= 7; attempt++) {
    await look()
    await look()
    assert.equal(calls.length, Math.min(attempt, 5))
    world.clock.advance(31)
  }
  const events = await world.mapae.stores.events.newest(1)
  assert.equal(events[0]!.name, 'client.logout_not_told')
  assert.deepEqual(events[0]!.details, { client_id: 'told' })
  assert.equal(events[0]!.sessionId, sid)
})

test('one that is being told is not told at the same time again, and an error is no answer', async () => {
  const { sid } = await sessionAt('told')
  await world.mapae.endSession(sid, 'logout')
  answers = async () => new Response('busy', { status: 503 })
  const lookTwice = () => Promise.all([look(), look()])
  await lookTwice()
  assert.equal(calls.length, 1)
  answers = async () => new Response(null, { status: 200 })
  world.clock.advance(31)
  await lookTwice()
  assert.equal(calls.length, 2)
  world.clock.advance(31)
  await lookTwice()
  assert.equal(calls.length, 2)
})

test('an application that never answers holds nobody else up', async () => {
  const slow = await sessionAt('slow')
  const { sid } = await sessionAt('told')
  const patience = Promise.withResolvers<void>()
  answers = async () => {
    if (calls.at(-1)!.url.includes('slow')) await patience.promise
    return new Response(null, { status: 204 })
  }
  await world.mapae.endSession(slow.sid, 'logout')
  await world.mapae.endSession(sid, 'logout')
  const looking = look()
  const isTold = () => calls.some(({ url }) => url.includes('told'))
  for (let waited = 0; waited < 200 && !isTold(); waited++) await setTimeout(5)
  const wasTold = isTold()
  patience.resolve()
  await looking
  assert.equal(wasTold, true)
})
