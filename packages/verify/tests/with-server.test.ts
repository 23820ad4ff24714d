import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { decodeUnverified } from '@mapae/jwt'
import { mapae, type CheckRequest, type Guards } from '@mapae/verify'

import { createProver } from '../src/testing/prover.ts'
import { defaultClientSettings } from '../../server/src/domain/client.ts'
import {
  AUDIENCE,
  createTestMapae,
  ISSUER,
  listen,
  PASSWORD,
  type TestMapae,
} from '../../server/tests/test-mapae.ts'

let server: TestMapae
let web: Awaited<ReturnType<typeof listen>>
const auths: Guards<CheckRequest>[] = []

before(async () => {
  server = await createTestMapae({ signInLimitAccount: 1000 })
  web = await listen(server)
})
after(async () => {
  for (const auth of auths) auth.close()
  await web.close()
  await server.close()
})

/** A verifier that reaches the server over HTTP, at the address that it has in this test. */
function verifier(options: { revocations?: 'stream' | 'poll'; pollSeconds?: number } = {}) {
  let asked = 0
  const auth = mapae({
    issuer: ISSUER,
    audience: AUDIENCE,
    clock: () => server.clock.seconds(),
    fetch: async (url, init) => {
      asked++
      return fetch(url.replace(ISSUER, web.url), init)
    },
    ...options,
  })
  auths.push(auth)
  const check = async (token: string) =>
    auth()({ method: 'GET', url: '/', authorization: `Bearer ${token}`, dpop: undefined })
  return {
    auth,
    check,
    asked: () => asked,
    isRefused: async (token: string, reason: string) => {
      const start = performance.now()
      for (;;) {
        const { answer } = await check(token)
        if (answer !== undefined) {
          assert.equal(JSON.parse(answer.body).reason, reason)
          return performance.now() - start
        }
        assert.ok(performance.now() - start < 1000, 'still let through after a second')
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
  }
}

test('a token of the server is let through, with its claims', async () => {
  const { auth, check } = verifier()
  await auth.ready()
  assert.equal(auth.health().feed, 'streaming')
  const { access_token: token, user } = await server.signUp('mina')
  const { claims } = await check(token)
  assert.equal(claims?.sub, user.id)
  assert.match(claims?.sid ?? '', /^[\w-]{22}$/)
})

test('whatever ends a session is obeyed within a second, streamed or polled', async () => {
  const verifiers = [verifier(), verifier({ revocations: 'poll', pollSeconds: 1 })]
  await Promise.all(verifiers.map(({ auth }) => auth.ready()))
  const signIn = async () =>
    (await server.call('POST', '/v1/login', { username: 'mina', password: PASSWORD })).body
  const [out, ended, everywhere] = [await signIn(), await signIn(), await signIn()]
  for (const { check } of verifiers) {
    for (const { access_token: token } of [out, ended, everywhere]) {
      assert.equal((await check(token)).answer, undefined)
    }
  }
  const streamed = verifiers[0]!
  await server.call('POST', '/v1/logout', { refresh_token: out.refresh_token })
  await streamed.isRefused(out.access_token, 'session_ended')

  const sid = (await streamed.check(ended.access_token)).claims?.sid
  await server.call(
    'DELETE',
    `/v1/sessions/${sid}`,
    undefined,
    server.bearer(everywhere.access_token),
  )
  await streamed.isRefused(ended.access_token, 'session_ended')
  assert.equal((await streamed.check(everywhere.access_token)).answer, undefined)

  await server.call(
    'POST',
    '/v1/logout',
    { everywhere: true },
    server.bearer(everywhere.access_token),
  )
  await streamed.isRefused(everywhere.access_token, 'session_ended')
  for (let waited = 0; verifiers[1]!.auth.health().revocations < 3; waited += 20) {
    assert.ok(waited < 3000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await verifiers[1]!.isRefused(out.access_token, 'session_ended')
})

test('a token that the server bound to a key needs a proof of that key', async () => {
  const { auth } = verifier()
  await auth.ready()
  const { prove } = await createProver(() => server.clock.seconds())
  // There is no access token yet that the proof could be for.
  const proof = await prove('', 'POST', `${ISSUER}/v1/login`, { ath: undefined })
  const credentials = { username: 'mina', password: PASSWORD }
  const answer = await server.call('POST', '/v1/login', credentials, { DPoP: proof })
  assert.equal(answer.body.token_type, 'DPoP')
  const token: string = answer.body.access_token
  const send = async (scheme: string, dpop?: string) =>
    auth()({ method: 'GET', url: '/orders', authorization: `${scheme} ${token}`, dpop })
  const good = await prove(token, 'GET', `${AUDIENCE}/orders`)
  assert.equal((await send('DPoP', good)).answer, undefined)
  const refused = [
    ['Bearer', undefined, 'proof_required'],
    ['DPoP', undefined, 'proof_missing'],
    ['DPoP', good, 'proof_replayed'],
    ['DPoP', await prove(token, 'POST', `${AUDIENCE}/orders`), 'wrong_method'],
  ] as const
  for (const [scheme, dpop, reason] of refused) {
    assert.equal(JSON.parse((await send(scheme, dpop)).answer!.body).reason, reason)
  }
})

test('a hundred requests ask the server nothing', async () => {
  const { auth, check, asked } = verifier()
  await auth.ready()
  const tokens = []
  for (let count = 0; count < 10; count++) {
    tokens.push((await server.signUp(`user-${count}`)).access_token as string)
  }
  const before_ = asked()
  for (let count = 0; count < 100; count++) {
    assert.equal((await check(tokens[count % tokens.length]!)).answer, undefined)
  }
  assert.equal(asked(), before_)
})

test('a verifier goes on where it was when the server starts anew, and knows what ended before', async () => {
  const { auth, isRefused } = verifier()
  await auth.ready()
  const first = await server.signUp('before-restart')
  const second = await server.signUp('after-restart')
  await server.call('POST', '/v1/logout', { refresh_token: first.refresh_token })
  await isRefused(first.access_token, 'session_ended')
  await web.close()
  await server.restart()
  web = await listen(server)
  await server.call('POST', '/v1/logout', { refresh_token: second.refresh_token })
  for (let waited = 0; auth.health().feed !== 'streaming'; waited += 5) {
    assert.ok(waited < 5000, auth.health().lastError ?? auth.health().feed)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await isRefused(second.access_token, 'session_ended')
  await isRefused(first.access_token, 'session_ended')
})

test('while the feed is away, the server is asked about a token, and says when its session ended', async () => {
  const { secret } = await server.mapae.clients.create('orders-api', {
    ...defaultClientSettings,
    name: 'orders',
    authenticationMethod: 'client_secret_basic',
    grants: ['client_credentials'],
    resource: { audience: AUDIENCE, accessTokenAlgorithm: null, encryptionJwk: null },
  })
  let isAway = false
  const auth = mapae({
    issuer: ISSUER,
    audience: AUDIENCE,
    clock: () => server.clock.seconds(),
    freshness: {
      whenBehind: 'introspect',
      afterSeconds: 30,
      clientId: 'orders-api',
      clientSecret: secret ?? '',
    },
    revocations: 'poll',
    fetch: async (url, init) => {
      if (isAway && url.includes('/v1/revocations')) throw new TypeError('away')
      return fetch(url.replace(ISSUER, web.url), init)
    },
  })
  auths.push(auth)
  await auth.ready()
  const { access_token: token, refresh_token: refreshToken } = await server.signUp('asked-about')
  isAway = true
  server.clock.advance(31)
  const check = async () =>
    auth()({ method: 'GET', url: '/', authorization: `Bearer ${token}`, dpop: undefined })
  assert.equal((await check()).answer?.body, undefined)
  await server.call('POST', '/v1/logout', { refresh_token: refreshToken })
  server.clock.advance(3)
  assert.equal(JSON.parse((await check()).answer!.body).reason, 'inactive')
})

test('a signing key that is withdrawn takes its tokens with it, and the next key is taken at once', async () => {
  const { auth, check } = verifier()
  await auth.ready()
  const old = await server.signUp('key-withdrawn')
  assert.equal((await check(old.access_token)).answer, undefined)
  server.clock.advance(6)
  const { kid } = decodeUnverified(old.access_token).header
  await server.mapae.keyRotation.withdraw(kid!)
  const start = performance.now()
  for (let outcome = await check(old.access_token); ; outcome = await check(old.access_token)) {
    if (outcome.answer !== undefined) {
      // Whichever comes first: the feed's word, or keys without this one.
      assert.match(JSON.parse(outcome.answer.body).reason, /^key_(withdrawn|unknown)$/)
      break
    }
    // Nodes read the keys twice a second.
    assert.ok(performance.now() - start < 2000, 'still let through')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const { body } = await server.call('POST', '/v1/login', {
    username: 'key-withdrawn',
    password: PASSWORD,
  })
  assert.equal((await check(body.access_token)).answer, undefined)
  assert.equal((await check(old.access_token)).answer?.status, 401)
})
