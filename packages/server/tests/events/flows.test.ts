import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'

import { eventCatalogue, type SecurityEvent } from '../../src/domain/event.ts'
import { ADDRESS, createTestMapae, PASSWORD } from '../test-mapae.ts'

const NEW_PASSWORD = 'violet-badger-vs-7-drums'
const TYPED_BY_MISTAKE = 'my secret typed as a name'

const server = await createTestMapae({ signInLimitAccount: 3 })
const { call, bearer, clock, mapae } = server
after(() => server.close())
const seen = new Set<string>()
let read = (await mapae.stores.events.newest(1)).at(-1)?.sequence ?? 0

/** Every event since the last look, and nothing else about them than what the test names. */
async function newEvents(): Promise<SecurityEvent[]> {
  const events = await mapae.stores.events.list(read, 1000)
  read = events.at(-1)?.sequence ?? read
  for (const { name, at } of events) {
    seen.add(name)
    assert.equal(at, clock.seconds())
  }
  return events
}

const told = (events: SecurityEvent[]) => events.map(({ name, details }) => [name, details])

let count = 0
let username = ''
let tokens: any
let sessionId = ''
beforeEach(async () => {
  username = `user ${count++}`
  tokens = await server.signUp(username)
  sessionId = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url').toString()).sid
})

test('sign-up: created, proven, started', async () => {
  const events = await newEvents()
  assert.deepEqual(told(events), [
    ['user.created', {}],
    ['login.succeeded', { method: 'signup' }],
    ['session.started', { client_id: 'first-party' }],
  ])
  assert.deepEqual(
    events.map((event) => [event.userId, event.sessionId, event.ipAddress]),
    [
      [tokens.user.id, null, ADDRESS],
      [tokens.user.id, sessionId, ADDRESS],
      [tokens.user.id, sessionId, ADDRESS],
    ],
  )
})

test('login: succeeded and failed, the latter without what was typed', async () => {
  await newEvents()
  await call('POST', '/v1/login', { username, password: PASSWORD })
  assert.deepEqual(told(await newEvents()), [
    ['login.succeeded', { method: 'password' }],
    ['session.started', { client_id: 'first-party' }],
  ])
  await call('POST', '/v1/login', { username, password: 'wrong' })
  await call('POST', '/v1/login', { username: TYPED_BY_MISTAKE, password: 'wrong' })
  const events = await newEvents()
  assert.deepEqual(told(events), [
    ['login.failed', { method: 'password' }],
    ['login.failed', { method: 'password' }],
  ])
  assert.deepEqual(
    events.map(({ userId }) => userId),
    [tokens.user.id, null],
  )
  assert.equal(JSON.stringify(events).includes(TYPED_BY_MISTAKE), false)
})

test('throttled: once a window, however many attempts', async () => {
  await newEvents()
  const from = '198.51.100.9'
  for (let attempt = 0; attempt < 7; attempt++) {
    await call('POST', '/v1/login', { username, password: 'wrong' }, {}, from)
  }
  const events = await newEvents()
  assert.deepEqual(told(events), [
    ['login.failed', { method: 'password' }],
    ['login.failed', { method: 'password' }],
    ['login.failed', { method: 'password' }],
    ['login.throttled', {}],
  ])
  assert.deepEqual([events[3]!.userId, events[3]!.ipAddress], [tokens.user.id, from])
})

test('refresh: rotated and recovered are told, a race and a retry change nothing', async () => {
  await newEvents()
  const { refresh_token } = tokens
  await call('POST', '/v1/refresh', { refresh_token })
  assert.deepEqual(told(await newEvents()), [['token.refreshed', { outcome: 'rotated' }]])
  await call('POST', '/v1/refresh', { refresh_token })
  assert.deepEqual(await newEvents(), [])
  clock.advance(11)
  await call('POST', '/v1/refresh', { refresh_token })
  assert.deepEqual(told(await newEvents()), [['token.refreshed', { outcome: 'recovered' }]])
})

test('reuse: detected, and the session revoked with it', async () => {
  await newEvents()
  const first = tokens.refresh_token
  const second = (await call('POST', '/v1/refresh', { refresh_token: first })).body.refresh_token
  await call('POST', '/v1/refresh', { refresh_token: second })
  await newEvents()
  const answer = await call('POST', '/v1/refresh', { refresh_token: first })
  assert.equal(answer.status, 400)
  const events = await newEvents()
  assert.deepEqual(told(events), [
    ['token.reuse_detected', { presented_generation: 1, live_generation: 3 }],
    ['session.revoked', { reason: 'refresh_token_reuse' }],
  ])
  assert.deepEqual(
    events.map((event) => event.sessionId),
    [sessionId, sessionId],
  )
  await call('POST', '/v1/refresh', { refresh_token: first })
  assert.deepEqual(await newEvents(), [])
})

test('the ends of a session say why', async () => {
  const login = async () => (await call('POST', '/v1/login', { username, password: PASSWORD })).body
  const [one, two] = [await login(), await login()]
  await newEvents()
  await call('POST', '/v1/logout', { refresh_token: one.refresh_token })
  assert.deepEqual(told(await newEvents()), [['session.revoked', { reason: 'logout' }]])
  await call('POST', '/v1/logout', { refresh_token: one.refresh_token })
  assert.deepEqual(await newEvents(), [])

  await call('DELETE', `/v1/sessions/${sessionId}`, undefined, bearer(two.access_token))
  assert.deepEqual(told(await newEvents()), [['session.revoked', { reason: 'revoked_by_user' }]])
  await call('POST', '/v1/logout', { refresh_token: two.refresh_token, everywhere: true })
  assert.deepEqual(told(await newEvents()), [['session.revoked', { reason: 'logout_everywhere' }]])
})

test('a new password and a disabled account are told with the sessions they end', async () => {
  const { access_token } = (await call('POST', '/v1/login', { username, password: PASSWORD })).body
  await newEvents()
  const refused = { current_password: PASSWORD, new_password: 'password123' }
  await call('POST', '/v1/password', refused, bearer(access_token))
  assert.deepEqual(await newEvents(), [])
  const guessed = { current_password: NEW_PASSWORD, new_password: NEW_PASSWORD }
  await call('POST', '/v1/password', guessed, bearer(access_token))
  assert.deepEqual(told(await newEvents()), [['login.failed', { method: 'password_change' }]])
  const change = { current_password: PASSWORD, new_password: NEW_PASSWORD }
  await call('POST', '/v1/password', change, bearer(access_token))
  assert.deepEqual(told(await newEvents()), [
    ['user.password_changed', { by: 'user' }],
    ['session.revoked', { reason: 'password_changed' }],
  ])
  await mapae.accounts.disable(tokens.user.id)
  assert.deepEqual(told(await newEvents()), [
    ['user.disabled', { by: 'operator' }],
    ['session.revoked', { reason: 'user_disabled' }],
  ])
  await mapae.accounts.enable(tokens.user.id)
  assert.deepEqual(told(await newEvents()), [['user.enabled', { by: 'operator' }]])
})

test('a change that fails writes no event', async () => {
  await newEvents()
  const attempts = [
    ['/v1/signup', { username, password: PASSWORD }],
    ['/v1/signup', { username: 'common', password: 'password123' }],
    ['/v1/signup', { username: '...', password: PASSWORD }],
    ['/v1/refresh', { refresh_token: tokens.access_token }],
    ['/v1/logout', { refresh_token: tokens.access_token }],
    ['/v1/login', { username }],
  ] as const
  for (const [path, body] of attempts) {
    const { status } = await call('POST', path, body)
    assert.ok(status >= 400 && status < 500, path)
  }
  assert.deepEqual(await newEvents(), [])
})

/** Written by keys, by the protocol and by pages, which have tests of their own. */
const OF_OTHERS = /^(key|client|consent|code|browser_session)\.|^token\.wrong_key$/

test('every event of the catalogue that a flow of users writes was seen, and no other', () => {
  const ofUsers = Object.keys(eventCatalogue).filter((name) => !OF_OTHERS.test(name))
  assert.deepEqual([...seen].toSorted(), ofUsers.toSorted())
})
