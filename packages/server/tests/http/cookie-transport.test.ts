import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createTestMapae, PASSWORD, type TestAnswer, type TestMapae } from '../test-mapae.ts'

const IDLE_SECONDS = 30 * 86_400

const issuers = [
  {
    issuer: 'https://auth.example.com',
    name: '__Host-mapae_rt',
    attributes: 'Path=/; HttpOnly; SameSite=Strict; Secure',
  },
  {
    issuer: 'http://localhost:4400',
    name: 'mapae_rt',
    attributes: 'Path=/; HttpOnly; SameSite=Strict',
  },
]

/** The refresh token in the cookie of an answer; fails unless the whole cookie is as it must be. */
function cookieOf(answer: TestAnswer, { name, attributes }: (typeof issuers)[number]): string {
  const cookies = answer.headers.getSetCookie()
  assert.equal(cookies.length, 1)
  const [pair = '', age, ...rest] = cookies[0]!.split('; ')
  assert.equal(age, `Max-Age=${IDLE_SECONDS}`)
  assert.equal(rest.join('; '), attributes)
  assert.ok(pair.startsWith(`${name}=`))
  assert.equal(answer.body.refresh_token, undefined)
  return pair.slice(name.length + 1)
}

for (const kind of issuers) {
  const { issuer, name, attributes } = kind
  const server = await createTestMapae({ issuer })
  const { call } = server
  after(() => server.close())
  const withCookie = (refreshToken: string, more: Record<string, string> = {}) => ({
    Cookie: `theme=dark; ${name}=${refreshToken}; ${name}_old=x`,
    ...more,
  })

  test(`sign-up, login, refresh and logout with the cookie of ${issuer}`, async () => {
    const credentials = { username: 'mina', password: PASSWORD, transport: 'cookie' }
    const signedUp = await call('POST', '/v1/signup', credentials)
    assert.equal(signedUp.status, 201)
    cookieOf(signedUp, kind)
    const login = await call('POST', '/v1/login', credentials)
    assert.equal(login.status, 200)
    const first = cookieOf(login, kind)

    const refreshed = await call('POST', '/v1/refresh', undefined, withCookie(first))
    assert.equal(refreshed.status, 200)
    const second = cookieOf(refreshed, kind)
    assert.notEqual(second, first)

    const everything = await call('POST', '/v1/refresh', {}, withCookie(second))
    assert.equal(everything.status, 200)
    const third = cookieOf(everything, kind)

    const logout = await call('POST', '/v1/logout', undefined, withCookie(third))
    assert.equal(logout.status, 204)
    assert.deepEqual(logout.headers.getSetCookie(), [`${name}=; Max-Age=0; ${attributes}`])
    const over = await call('POST', '/v1/refresh', undefined, withCookie(third))
    assert.deepEqual([over.status, over.body.code], [400, 'invalid_grant'])
    const bearer = server.bearer(everything.body.access_token)
    assert.equal((await call('GET', '/v1/me', undefined, bearer)).status, 401)
  })

  test(`where cookie calls to ${issuer} may come from`, async () => {
    const credentials = { username: 'origins', password: PASSWORD, transport: 'cookie' }
    let refreshToken = cookieOf(await call('POST', '/v1/signup', credentials), kind)
    const allowed: Record<string, string>[] = [
      {},
      { Origin: issuer },
      { 'Sec-Fetch-Site': 'same-origin' },
      { 'Sec-Fetch-Site': 'same-origin', Origin: issuer },
    ]
    for (const headers of allowed) {
      const answer = await call('POST', '/v1/refresh', undefined, withCookie(refreshToken, headers))
      assert.equal(answer.status, 200, JSON.stringify(headers))
      refreshToken = cookieOf(answer, kind)
    }
    for (const headers of [{ Origin: 'null' }, { 'Sec-Fetch-Site': 'same-site' }]) {
      for (const path of ['/v1/refresh', '/v1/logout']) {
        const answer = await call('POST', path, undefined, withCookie(refreshToken, headers))
        assert.deepEqual([answer.status, answer.body.code], [403, 'origin_not_allowed'])
      }
      const login = await call('POST', '/v1/login', credentials, headers)
      assert.deepEqual([login.status, login.headers.getSetCookie()], [403, []])
    }
    const still = await call('POST', '/v1/refresh', undefined, withCookie(refreshToken))
    assert.equal(still.status, 200)
  })
}

test('a refresh token in the body is answered in the body, whatever cookie is there', async () => {
  const server = await createTestMapae()
  after(() => server.close())
  const { refresh_token } = await server.signUp()
  const foreign = { Cookie: '__Host-mapae_rt=x', Origin: 'https://app.example.com' }
  const answer = await server.call('POST', '/v1/refresh', { refresh_token }, foreign)
  assert.equal(answer.status, 200)
  assert.equal(typeof answer.body.refresh_token, 'string')
  assert.deepEqual(answer.headers.getSetCookie(), [])
})

test('the cookie lives as long as the session may, and not longer', async () => {
  const server = await createTestMapae({ refreshIdleSeconds: 1000, refreshAbsoluteSeconds: 1500 })
  after(() => server.close())
  const ageOf = (answer: TestAnswer) =>
    /Max-Age=(\d+)/.exec(answer.headers.getSetCookie()[0] ?? '')?.[1]
  const credentials = { username: 'mina', password: PASSWORD, transport: 'cookie' }
  const signedUp = await server.call('POST', '/v1/signup', credentials)
  assert.equal(ageOf(signedUp), '1000')
  server.clock.advance(900)
  const cookie = { Cookie: signedUp.headers.getSetCookie()[0]!.split(';')[0]! }
  assert.equal(ageOf(await server.call('POST', '/v1/refresh', undefined, cookie)), '600')
})

test('a second tab that refreshes with the same cookie at once gets the same line', async () => {
  const server: TestMapae = await createTestMapae()
  after(() => server.close())
  const credentials = { username: 'mina', password: PASSWORD, transport: 'cookie' }
  const signedUp = await server.call('POST', '/v1/signup', credentials)
  const cookie = { Cookie: signedUp.headers.getSetCookie()[0]!.split(';')[0]! }
  const answers = await Promise.all(
    [1, 2].map(() => server.call('POST', '/v1/refresh', undefined, cookie)),
  )
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  )
  const [one, two] = answers.map((answer) => answer.headers.getSetCookie()[0])
  assert.equal(one, two)
})
