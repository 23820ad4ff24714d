import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createTestMapae, PASSWORD } from '../test-mapae.ts'

const ACCESS_SECONDS = 100
const IDLE_SECONDS = 1000
const ABSOLUTE_SECONDS = 2500

async function open() {
  const server = await createTestMapae({
    accessTokenSeconds: ACCESS_SECONDS,
    refreshIdleSeconds: IDLE_SECONDS,
    refreshAbsoluteSeconds: ABSOLUTE_SECONDS,
  })
  after(() => server.close())
  const account = { username: 'mina', password: PASSWORD, email: null, ipAddress: null }
  await server.mapae.accounts.create({ ...account, isDemo: true })
  const credentials = { username: 'mina', password: PASSWORD }
  const login = async () => (await server.call('POST', '/v1/login', credentials)).body
  const me = async (accessToken: string) =>
    server.call('GET', '/v1/me', undefined, server.bearer(accessToken))
  const refresh = async (refreshToken: string) =>
    server.call('POST', '/v1/refresh', { refresh_token: refreshToken })
  return { ...server, login, me, refresh }
}

test('an access token works up to its last second and not at the next', async () => {
  const { clock, login, me } = await open()
  const { access_token, expires_in } = await login()
  assert.equal(expires_in, ACCESS_SECONDS)
  clock.advance(ACCESS_SECONDS - 1)
  assert.equal((await me(access_token)).status, 200)
  clock.advance(1)
  const late = await me(access_token)
  assert.deepEqual([late.status, late.body.reason], [401, 'expired'])
})

test('a session that is not used ends after the idle time, to the second', async () => {
  const { clock, login, refresh } = await open()
  const [one, two] = [await login(), await login()]
  clock.advance(IDLE_SECONDS - 1)
  assert.equal((await refresh(one.refresh_token)).status, 200)
  clock.advance(1)
  const late = await refresh(two.refresh_token)
  assert.deepEqual([late.status, late.body.code], [400, 'invalid_grant'])
})

test('use keeps a session alive, up to its absolute end and never beyond', async () => {
  const { clock, login, me, refresh, call, bearer } = await open()
  let tokens = await login()
  for (let used = 0; used < 2; used++) {
    clock.advance(IDLE_SECONDS - 1)
    const answer = await refresh(tokens.refresh_token)
    assert.equal(answer.status, 200)
    tokens = answer.body
  }
  clock.advance(ABSOLUTE_SECONDS - 2 * (IDLE_SECONDS - 1) - 1)
  const last = await refresh(tokens.refresh_token)
  assert.equal(last.status, 200)
  assert.equal(last.body.expires_in, 1)
  const [{ expires_at }] = (
    await call('GET', '/v1/sessions', undefined, bearer(last.body.access_token))
  ).body.sessions
  assert.equal(expires_at, clock.seconds() + 1)

  clock.advance(1)
  assert.equal((await refresh(last.body.refresh_token)).status, 400)
  assert.equal((await me(last.body.access_token)).status, 401)
})

test('no access token outlives the absolute end of its session', async () => {
  const { clock, login, refresh } = await open()
  let { refresh_token } = await login()
  const end = clock.seconds() + ABSOLUTE_SECONDS
  const expiries = []
  for (let used = 0; used < 4; used++) {
    clock.advance(used === 3 ? 99 : 800)
    const { body } = await refresh(refresh_token)
    refresh_token = body.refresh_token
    const claims = [body.access_token, body.refresh_token].map((text: string) =>
      JSON.parse(Buffer.from(text.split('.')[1]!, 'base64url').toString()),
    )
    assert.ok(claims.every(({ exp }) => exp <= end))
    assert.equal(claims[0].exp, clock.seconds() + body.expires_in)
    expiries.push(body.expires_in)
  }
  assert.deepEqual(expiries, [100, 100, 100, 1])
})

test('an idle time longer than the absolute one does not count', async () => {
  const server = await createTestMapae({ refreshIdleSeconds: 5000, refreshAbsoluteSeconds: 60 })
  after(() => server.close())
  const { refresh_token, expires_in } = await server.signUp()
  assert.equal(expires_in, 60)
  server.clock.advance(60)
  const late = await server.call('POST', '/v1/refresh', { refresh_token })
  assert.equal(late.status, 400)
})

test('a session that is over by time is not listed', async () => {
  const { clock, login, call, bearer } = await open()
  await login()
  clock.advance(IDLE_SECONDS)
  const { access_token } = await login()
  const { body } = await call('GET', '/v1/sessions', undefined, bearer(access_token))
  assert.equal(body.sessions.length, 1)
})
