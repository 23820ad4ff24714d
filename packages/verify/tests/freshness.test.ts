import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'

import { mapae, type Freshness, type Guards, type CheckRequest } from '@mapae/verify'
import { createTestIssuer } from '@mapae/verify/testing'

const SESSION = 'AZ9Cj0sYeBOdw1xYz0123A'
const CLIENT = { clientId: 'api', clientSecret: 'a secret: with % and ü' }

const open: Guards<CheckRequest>[] = []
afterEach(() => {
  for (const auth of open.splice(0)) auth.close()
})

/** An API, its clock and the way to its issuer in the test's hand. */
function start(freshness: Freshness, more: { revocations?: 'stream' | 'poll' } = {}) {
  let now = 1_800_000_000
  let isFeedDown = false
  let isIssuerDown = false
  const active = new Map<string, unknown>()
  const introspected: Request[] = []
  const clock = () => now
  const testIssuer = createTestIssuer({ clock, heartbeatMilliseconds: 20 })
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname } = new URL(url)
    if (isIssuerDown || (isFeedDown && pathname === '/v1/revocations')) throw new TypeError('down')
    if (pathname === '/oauth/introspect') {
      const request = new Request(url, init)
      introspected.push(request.clone())
      const token = new URLSearchParams(await request.text()).get('token') ?? ''
      return Response.json({ active: active.get(token) ?? true })
    }
    const response = await testIssuer.fetch(url, init)
    if (!pathname.startsWith('/.well-known/oauth')) return response
    const metadata = (await response.json()) as object
    return Response.json({
      ...metadata,
      introspection_endpoint: `${testIssuer.issuer}/oauth/introspect`,
    })
  }
  const auth = mapae({
    issuer: testIssuer.issuer,
    audience: 'https://api.example.com',
    testIssuer,
    clock,
    fetch,
    freshness,
    ...more,
  })
  open.push(auth)
  return {
    auth,
    testIssuer,
    introspected,
    active,
    advance(seconds: number) {
      now += seconds
    },
    /** From now on the feed is silent; what streams is cut off by the time that passes. */
    cutFeed() {
      isFeedDown = true
    },
    cutIssuer() {
      isIssuerDown = true
    },
    async send(claims = {}) {
      const request = {
        method: 'GET',
        url: '/',
        authorization: `Bearer ${auth.testToken(claims)}`,
        dpop: undefined,
      }
      return auth()(request)
    },
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  for (const begin = performance.now(); !isTrue();) {
    assert.ok(performance.now() - begin < 5000, 'waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

test('open: requests go on without a feed, the lag tells, and what is known is still refused', async () => {
  const api = start('open', { revocations: 'poll' })
  api.testIssuer.revoke({ session: SESSION })
  await api.auth.ready()
  api.cutFeed()
  api.advance(120)
  assert.equal(api.auth.health().lagSeconds, 120)
  assert.match(api.auth.metrics(), /^mapae_verify_revocation_lag_seconds 120$/m)
  assert.equal((await api.send()).claims?.sub, 'test-user')
  assert.equal(reasonOf(await api.send({ sid: SESSION })), 'session_ended')
})

test('open: a feed that was never there delays the first requests, and stops none', async () => {
  const api = start('open')
  api.cutFeed()
  const began = performance.now()
  assert.equal((await api.send()).claims?.sub, 'test-user')
  assert.ok(performance.now() - began < 9000)
  assert.ok(
    !(
      api.auth()({
        method: 'GET',
        url: '/',
        authorization: `Bearer ${api.auth.testToken()}`,
        dpop: undefined,
      }) instanceof Promise
    ),
  )
  assert.equal(api.auth.health().lagSeconds, null)
})

test('closed: refused with 503 from so many seconds on, and not before', async () => {
  const api = start({ whenBehind: 'closed', afterSeconds: 30 }, { revocations: 'poll' })
  await api.auth.ready()
  api.cutFeed()
  api.advance(30)
  assert.equal((await api.send()).claims?.sub, 'test-user')
  api.advance(1)
  const { answer } = await api.send()
  assert.equal(answer?.status, 503)
  assert.equal(answer.headers['Retry-After'], '5')
  assert.equal(answer.headers['WWW-Authenticate'], undefined)
  assert.equal(JSON.parse(answer.body).reason, 'revocations_behind')
})

test('introspect: the issuer is asked while the feed is behind, as this client, and only then', async () => {
  const api = start(
    { whenBehind: 'introspect', afterSeconds: 30, ...CLIENT },
    { revocations: 'poll' },
  )
  await api.auth.ready()
  await api.send()
  assert.equal(api.introspected.length, 0)
  api.cutFeed()
  api.advance(31)
  assert.equal((await api.send()).claims?.sub, 'test-user')
  const [asked] = api.introspected
  // Spec: RFC 6749 §2.3.1: both parts are form-encoded before they are put together.
  const credentials = 'api:a+secret%3A+with+%25+and+%C3%BC'
  assert.equal(asked?.headers.get('authorization'), `Basic ${btoa(credentials)}`)
  assert.match(await asked.text(), /^token=eyJ[\w.-]+&token_type_hint=access_token$/)

  const token = api.auth.testToken()
  const request = { method: 'GET', url: '/', authorization: `Bearer ${token}`, dpop: undefined }
  api.active.set(token, false)
  const outcomes = await Promise.all([1, 2, 3].map(async () => auth(api)(request)))
  assert.deepEqual(
    outcomes.map(({ answer }) => JSON.parse(answer!.body).reason),
    ['inactive', 'inactive', 'inactive'],
  )
  assert.equal(api.introspected.length, 2, 'those who ask for one token at the same time share it')
  api.active.set(token, 'yes')
  api.advance(3)
  assert.equal(reasonOf(await auth(api)(request)), 'introspection_unavailable')
  api.cutIssuer()
  const failed = await api.send()
  assert.equal(failed.answer?.status, 503)
  assert.equal(reasonOf(failed), 'introspection_unavailable')
})

const auth = (api: ReturnType<typeof start>) => api.auth()
const reasonOf = ({ answer }: { answer?: { body: string } | undefined }) =>
  JSON.parse(answer?.body ?? '{}').reason

test('every kind of revocation is obeyed, for what it is about and nothing else', async () => {
  const api = start('open')
  await api.auth.ready()
  const known = { sid: SESSION, sub: 'mina', client_id: 'web', iat: 1_800_000_000 }
  assert.equal((await api.send(known)).claims?.sub, 'mina')
  const cases = [
    [{ session: SESSION }, known, 'session_ended'],
    [{ user: 'joon' }, { sub: 'joon' }, 'user_sessions_ended'],
    [{ client: 'desk' }, { client_id: 'desk' }, 'client_disabled'],
    [{ key: api.testIssuer.kid }, {}, 'key_withdrawn'],
  ] as const
  let told = 0
  for (const [what, claims, reason] of cases) {
    if ('key' in what) {
      // The batch that says so is signed by the next key.
      const old = api.auth.testToken()
      api.advance(31)
      api.testIssuer.rotateKey()
      api.testIssuer.revoke(what)
      await until(() => api.auth.health().revocations === told + 1)
      const request = { method: 'GET', url: '/', authorization: `Bearer ${old}`, dpop: undefined }
      assert.equal(reasonOf(await api.auth()(request)), reason)
      continue
    }
    api.testIssuer.revoke(what)
    told++
    await until(() => api.auth.health().revocations === told)
    assert.equal(reasonOf(await api.send({ ...claims, iat: 1_800_000_000 })), reason)
    assert.equal((await api.send()).claims?.sub, 'test-user')
  }
  // Who signed in anew afterwards is another matter, except where a session ended for good.
  assert.equal((await api.send({ sub: 'joon', iat: 1_800_000_001 })).claims?.sub, 'joon')
  assert.equal((await api.send({ client_id: 'desk', iat: 1_800_000_001 })).claims?.sub, 'test-user')
  assert.equal(reasonOf(await api.send({ ...known, iat: 1_800_000_001 })), 'session_ended')
})
