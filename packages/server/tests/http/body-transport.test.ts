import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { AUDIENCE, createTestMapae, ISSUER, PASSWORD } from '../test-mapae.ts'

const NEW_PASSWORD = 'violet-badger-vs-7-drums'

const server = await createTestMapae()
const { call, bearer, clock } = server
after(() => server.close())

const login = async (username: string, password = PASSWORD) =>
  call('POST', '/v1/login', { username, password })
const me = async (accessToken: string) =>
  (await call('GET', '/v1/me', undefined, bearer(accessToken))).status
const refresh = async (refreshToken: string) =>
  (await call('POST', '/v1/refresh', { refresh_token: refreshToken })).status

test('sign-up answers with the user and tokens that work', async () => {
  const account = { username: '  Ｍina ', password: PASSWORD, email: 'mina@example.com' }
  const { status, body, headers } = await call('POST', '/v1/signup', account)
  assert.equal(status, 201)
  const { user, access_token, refresh_token, ...rest } = body
  assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 600 })
  const { id, ...known } = user
  assert.deepEqual(known, {
    username: 'Mina',
    email: 'mina@example.com',
    created_at: clock.seconds(),
  })
  assert.match(id, /^[\w-]{22}$/)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.deepEqual(headers.getSetCookie(), [])
  const read = await call('GET', '/v1/me', undefined, bearer(access_token))
  assert.deepEqual(read.body, user)
  assert.equal(await refresh(refresh_token), 200)
})

test('login takes every spelling of the name', async () => {
  for (const spelling of ['mina', 'MINA', ' Mina ', 'ｍｉｎａ']) {
    const { status, body } = await login(spelling)
    assert.equal(status, 200, spelling)
    assert.deepEqual(Object.keys(body), [
      'access_token',
      'token_type',
      'expires_in',
      'refresh_token',
    ])
  }
})

test('the refresh token tells nothing of the user', async () => {
  const { refresh_token } = (await login('mina')).body
  const [header, claims] = refresh_token
    .split('.')
    .slice(0, 2)
    .map((part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()))
  assert.deepEqual([header.alg, header.typ], ['HS256', 'rt+jwt'])
  assert.deepEqual(Object.keys(claims), ['iss', 'sid', 'gen', 'exp'])
  assert.deepEqual([claims.iss, claims.gen], [ISSUER, 1])
  assert.equal(claims.exp, clock.seconds() + 30 * 86_400)
  assert.equal(JSON.stringify(claims).includes(AUDIENCE), false)
})

test('logout by either token ends that session and no other', async () => {
  const [one, two, three] = [
    (await login('mina')).body,
    (await login('mina')).body,
    (await login('mina')).body,
  ]
  const byRefresh = await call('POST', '/v1/logout', { refresh_token: one.refresh_token })
  assert.deepEqual([byRefresh.status, byRefresh.body], [204, null])
  const byAccess = await call('POST', '/v1/logout', undefined, bearer(two.access_token))
  assert.equal(byAccess.status, 204)
  assert.deepEqual(
    [await me(one.access_token), await me(two.access_token), await me(three.access_token)],
    [401, 401, 200],
  )
  assert.deepEqual(
    [
      await refresh(one.refresh_token),
      await refresh(two.refresh_token),
      await refresh(three.refresh_token),
    ],
    [400, 400, 200],
  )
  const again = await call('POST', '/v1/logout', { refresh_token: one.refresh_token })
  assert.equal(again.status, 204)
})

test('logout everywhere ends all sessions of the user and nobody else', async () => {
  const other = await server.signUp('other')
  const [one, two] = [(await login('mina')).body, (await login('mina')).body]
  const body = { everywhere: true, refresh_token: one.refresh_token }
  assert.equal((await call('POST', '/v1/logout', body)).status, 204)
  assert.deepEqual(
    [await me(one.access_token), await me(two.access_token), await me(other.access_token)],
    [401, 401, 200],
  )
})

test('logout everywhere by a session that is over claims nothing', async () => {
  const [one, two] = [(await login('mina')).body, (await login('mina')).body]
  await call('POST', '/v1/logout', { refresh_token: one.refresh_token })
  const body = { everywhere: true, refresh_token: one.refresh_token }
  const answer = await call('POST', '/v1/logout', body)
  assert.deepEqual([answer.status, answer.body?.code], [400, 'invalid_grant'])
  assert.equal(await me(two.access_token), 200)
})

test('the list of sessions shows devices, and one can be ended', async () => {
  const { access_token } = await server.signUp('devices')
  const phone = { 'User-Agent': `Phone ${'x'.repeat(300)}` }
  const credentials = { username: 'devices', password: PASSWORD }
  const onPhone = (await call('POST', '/v1/login', credentials, phone, '2001:db8::7')).body
  clock.advance(5)
  await call('POST', '/v1/refresh', { refresh_token: onPhone.refresh_token })

  const listed = await call('GET', '/v1/sessions', undefined, bearer(access_token))
  const [own, { id, ...other }, ...more] = listed.body.sessions
  assert.deepEqual(more, [])
  assert.deepEqual(other, {
    current: false,
    client_id: 'first-party',
    device: phone['User-Agent'].slice(0, 200),
    ip_address: '2001:db8::7',
    created_at: clock.seconds() - 5,
    last_used_at: clock.seconds(),
    expires_at: clock.seconds() + 30 * 86_400,
  })
  assert.equal(own.current, true)

  const stranger = await server.signUp('stranger')
  const path = `/v1/sessions/${id}`
  const byStranger = await call('DELETE', path, undefined, bearer(stranger.access_token))
  assert.deepEqual([byStranger.status, byStranger.body.code], [404, 'not_found'])
  assert.equal(await me(onPhone.access_token), 200)
  assert.equal((await call('DELETE', path, undefined, bearer(access_token))).status, 204)
  assert.equal(await me(onPhone.access_token), 401)
  assert.equal(await me(access_token), 200)
  const left = await call('GET', '/v1/sessions', undefined, bearer(access_token))
  assert.equal(left.body.sessions.length, 1)
})

test('a new password ends all other sessions, and the old one stops working', async () => {
  const first = await server.signUp('changing')
  const second = (await login('changing')).body
  const change = { current_password: PASSWORD, new_password: NEW_PASSWORD }
  const answer = await call('POST', '/v1/password', change, bearer(first.access_token))
  assert.deepEqual([answer.status, answer.body], [204, null])
  assert.deepEqual([await me(first.access_token), await me(second.access_token)], [200, 401])
  assert.deepEqual(
    [await refresh(first.refresh_token), await refresh(second.refresh_token)],
    [200, 400],
  )
  assert.equal((await login('changing')).status, 401)
  assert.equal((await login('changing', NEW_PASSWORD)).status, 200)
})

test('a password is the same in every Unicode spelling', async () => {
  const composed = 'café-otter-vs-9-lämps'
  await call('POST', '/v1/signup', { username: 'accents', password: composed.normalize('NFD') })
  assert.equal((await login('accents', composed.normalize('NFC'))).status, 200)
})

test('fifty sign-ups of one name at once make one account', async () => {
  const spellings = ['racer', 'RACER', 'ｒacer', ' racer ', 'Racer']
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      call('POST', '/v1/signup', { username: spellings[index % 5], password: PASSWORD }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 201).length, 1)
  // 503 is honest too: so many at once are more than this server takes.
  assert.deepEqual(
    statuses.filter((status) => ![201, 409, 503].includes(status)),
    [],
  )
  const again = await call('POST', '/v1/signup', { username: 'RACER', password: PASSWORD })
  assert.equal(again.status, 409)
})
