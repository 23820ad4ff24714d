import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { DeviceApproval } from '../../src/domain/device-authorization.ts'
import type { UserId } from '../../src/domain/ids.ts'
import { decideDeviceAnswer } from '../../src/oauth/device-flow.ts'
import type { Typist } from '../../src/oauth/user-code-throttle.ts'
import { createDpopKey } from '../dpop-key.ts'
import { ADDRESS, AUDIENCE, ISSUER, PASSWORD } from '../test-mapae.ts'
import { claimsOf, createOAuthWorld, type OAuthWorld } from './relying-party.ts'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

let world: OAuthWorld
let approval: DeviceApproval
let mina: Typist

before(async () => {
  world = await createOAuthWorld()
  const { user } = await world.signUp('mina')
  approval = {
    userId: user.id as UserId,
    credentialVersion: 1,
    authTime: world.clock.seconds(),
    acr: null,
    amr: ['pwd'],
    browserSessionId: null,
  }
  mina = { userId: approval.userId, ipAddress: ADDRESS }
  const settings = { grants: [DEVICE_CODE, 'refresh_token'], redirectUris: [] } as const
  await world.createClient('tv', settings)
  await world.createClient('radio', settings)
  await world.createClient('app')
})

after(() => world.close())

function begin(form: Record<string, string> = {}) {
  const pairs = Object.entries({ client_id: 'tv', scope: 'openid read', ...form })
  return world.send('POST', '/oauth/device_authorization', pairs)
}

function ask(deviceCode: string, more: Record<string, string> = {}, headers = {}) {
  const form = { grant_type: DEVICE_CODE, client_id: 'tv', device_code: deviceCode, ...more }
  return world.token(form, headers)
}

const flow = () => world.mapae.oauth.deviceFlow

test('a device gets two codes and says where to type the short one', async () => {
  const { status, body } = await begin()
  assert.equal(status, 200)
  assert.match(body.device_code, /^[\w-]{43}$/)
  assert.match(body.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
  assert.equal(body.verification_uri, `${ISSUER}/device`)
  assert.equal(body.verification_uri_complete, `${ISSUER}/device?user_code=${body.user_code}`)
  assert.deepEqual([body.expires_in, body.interval], [600, 5])
})

test('when its user says yes the device gets tokens of a session of its own, once', async () => {
  const { body } = await begin()
  const waiting = await ask(body.device_code)
  assert.deepEqual([waiting.status, waiting.body.error], [400, 'authorization_pending'])

  const typed = ` ${body.user_code.toLowerCase().replace('-', ' ')}`
  const found = (await flow().findWaiting(typed, mina))!
  assert.deepEqual([found.clientId, found.scopes], ['tv', ['openid', 'read']])
  assert.equal(await flow().approve(typed, approval), true)
  assert.equal(await flow().approve(typed, approval), false, 'answered')
  assert.equal(await flow().findWaiting(typed, mina), null)

  world.clock.advance(5)
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(body.device_code)))
  const good = answers.filter(({ status }) => status === 200)
  assert.equal(good.length, 1)
  const tokens = good[0]!.body
  const claims = claimsOf(tokens.access_token)
  assert.deepEqual([claims.sub, claims.aud[0]], [approval.userId, AUDIENCE])
  assert.equal(claimsOf(tokens.id_token).auth_time, approval.authTime)
  const session = (await world.mapae.stores.sessions.find(claims.sid))!
  assert.deepEqual([session.clientId, session.scope, session.amr], ['tv', 'openid read', ['pwd']])

  const form = { grant_type: 'refresh_token', client_id: 'tv', refresh_token: tokens.refresh_token }
  assert.equal((await world.token(form)).status, 200)
  world.clock.advance(60)
  assert.equal((await ask(body.device_code)).body.error, 'invalid_grant')
})

test('a device that asks too often is told to slow down, and then has to', async () => {
  const { body } = await begin()
  const errors: string[] = []
  for (const seconds of [0, 4, 9, 15, 14, 20]) {
    world.clock.advance(seconds)
    errors.push((await ask(body.device_code)).body.error)
  }
  const [pending, slow] = ['authorization_pending', 'slow_down']
  assert.deepEqual(errors, [pending, slow, slow, pending, slow, pending])
  await flow().approve(body.user_code, approval)
  assert.equal((await ask(body.device_code)).body.error, slow, 'an answer does not change that')
  world.clock.advance(25)
  assert.equal((await ask(body.device_code)).status, 200)
})

test('the user says no, or nothing until it is too late', async () => {
  const denied = (await begin()).body
  assert.equal(await flow().deny(denied.user_code), true)
  assert.equal((await ask(denied.device_code)).body.error, 'access_denied')

  const late = (await begin()).body
  world.clock.advance(600)
  assert.equal(await flow().findWaiting(late.user_code, mina), null)
  assert.equal(await flow().approve(late.user_code, approval), false)
  assert.equal((await ask(late.device_code)).body.error, 'expired_token')
})

test('a code of another device, of another client, or of nobody gets nothing', async () => {
  const { body } = await begin()
  await flow().approve(body.user_code, approval)
  const refused = [
    await ask(body.device_code, { client_id: 'radio' }),
    await ask(body.user_code),
    await ask('A'.repeat(43)),
    await ask(`${body.device_code}=`),
  ]
  for (const answer of refused) {
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'])
  }
  assert.equal(
    (await ask(body.device_code, { client_id: 'app' })).body.error,
    'unauthorized_client',
  )
  const other = (await begin({ client_id: 'app' })).body
  assert.deepEqual(
    [other.error, other.error_description],
    [
      'unauthorized_client',
      'This client may not use urn:ietf:params:oauth:grant-type:device_code.',
    ],
  )
  assert.equal((await begin({ client_id: 'nobody' })).body.error, 'invalid_client')
  assert.equal((await begin({ scope: 'everything' })).body.error, 'invalid_scope')
  assert.equal((await begin({ resource: 'https://evil.example' })).body.error, 'invalid_target')
  assert.equal((await ask(body.device_code)).status, 200, 'all of that changed nothing')
})

test('another password in between makes the approval worthless', async () => {
  const { user } = await world.signUp('juno')
  const { body } = await begin()
  await flow().approve(body.user_code, { ...approval, userId: user.id })
  const changed = { current_password: PASSWORD, new_password: 'violet-badger-vs-7-drums' }
  const login = { username: 'juno', password: PASSWORD }
  const { access_token } = (await world.call('POST', '/v1/login', login)).body
  const { status } = await world.call('POST', '/v1/password', changed, world.bearer(access_token))
  assert.equal(status, 204)
  assert.equal((await ask(body.device_code)).body.error, 'invalid_grant')
})

test('whoever guesses at the codes of users is stopped, and others are not', async () => {
  const { body } = await begin()
  const guess = (typist: Typist) => flow().findWaiting('BBBB-BBBB', typist)
  const stopped = { code: 'too_many_attempts' }
  const guesser = { userId: 'guesser' as UserId, ipAddress: '198.51.100.7' }
  for (let count = 0; count < 10; count++) assert.equal(await guess(guesser), null)
  await assert.rejects(guess(guesser), stopped)
  await assert.rejects(guess({ ...guesser, ipAddress: '198.51.100.8' }), stopped)
  await assert.rejects(flow().findWaiting(body.user_code, guesser), stopped, 'not the right one')
  assert.notEqual(await flow().findWaiting(body.user_code, mina), null)
  world.clock.advance(60)
  assert.notEqual(await flow().findWaiting(body.user_code, guesser), null)
})

test('guesses from one network are stopped whichever accounts they come from', async () => {
  const { body } = await begin()
  const from = (count: number): Typist => ({
    userId: `guesser ${count >> 3}` as UserId,
    ipAddress: `2001:db8::${count}`,
  })
  for (let count = 0; count < 60; count++) {
    assert.equal(await flow().findWaiting('BBBB-BBBB', from(count)), null)
  }
  const stopped = { code: 'too_many_attempts' }
  await assert.rejects(flow().findWaiting('BBBB-BBBB', from(60)), stopped)
  await assert.rejects(flow().findWaiting(body.user_code, from(99)), stopped)
  for (let count = 0; count < 30; count++) {
    assert.notEqual(await flow().findWaiting(body.user_code, mina), null, 'right ones do not count')
  }
})

test('a device binds its session to its key', async () => {
  const key = createDpopKey()
  const { body } = await begin()
  await flow().approve(body.user_code, approval)
  const proof = () =>
    key.proof({ htm: 'POST', htu: `${ISSUER}/oauth/token`, iat: world.clock.seconds() })
  const answer = await ask(body.device_code, {}, { DPoP: proof() })
  assert.equal(answer.body.token_type, 'DPoP')
  assert.equal(claimsOf(answer.body.refresh_token).jkt, key.thumbprint)
  const { refresh_token } = answer.body
  const form = { grant_type: 'refresh_token', client_id: 'tv', refresh_token }
  const bare = await world.token(form)
  assert.deepEqual([bare.status, bare.body.error], [400, 'invalid_dpop_proof'])
  assert.equal((await world.token(form, { DPoP: proof() })).status, 200)
})

test('what the device is told follows from what is known of it', () => {
  const device = {
    expiresAt: 600,
    deniedAt: null,
    approval: null,
    askedAt: null,
    intervalSeconds: 5,
  } as unknown as Parameters<typeof decideDeviceAnswer>[0]
  const told = (changes: object, now: number) =>
    decideDeviceAnswer({ ...device, ...changes }, now).answer
  assert.equal(told({}, 0), 'pending')
  assert.equal(told({ askedAt: 0 }, 4), 'slow_down')
  assert.equal(told({ askedAt: 0 }, 5), 'pending')
  assert.equal(told({ approval }, 599), 'approved')
  assert.equal(told({ approval }, 600), 'expired')
  assert.equal(told({ deniedAt: 1, approval }, 2), 'denied')
})
