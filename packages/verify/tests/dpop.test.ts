import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mapae, type DpopOptions, type Outcome } from '@mapae/verify'
import { createTestIssuer } from '@mapae/verify/testing'

import { ReplaySet } from '../src/dpop/replay-set.ts'

const URL_OF_API = 'https://api.example.com/v2'

async function start(dpop: DpopOptions) {
  let now = 1_800_000_000
  const clock = () => now
  const testIssuer = createTestIssuer({ clock })
  const api = () =>
    mapae({
      issuer: testIssuer.issuer,
      audience: 'orders',
      publicUrl: URL_OF_API,
      revocations: 'off',
      testIssuer,
      clock,
      dpop,
    })
  const { accessToken, prove } = await testIssuer.mintBound({ aud: 'orders' })
  const requestWith = (proof: string) => ({
    method: 'GET',
    url: '/orders',
    authorization: `DPoP ${accessToken}`,
    dpop: proof,
  })
  return {
    api,
    requestWith,
    prove: async (claims: object = {}) => prove('GET', `${URL_OF_API}/orders`, { ...claims }),
    advance: (seconds: number) => {
      now += seconds
    },
  }
}

const reasonOf = ({ answer }: Outcome) => JSON.parse(answer?.body ?? '{}').reason

test('a nonce is handed out, taken for two minutes by every process with the secret, and then another', async () => {
  const { api, requestWith, prove, advance } = await start({
    requireNonce: true,
    nonceSecret: new Uint8Array(32).fill(1),
  })
  const [guard, elsewhere] = [api()(), api()()]
  const first = await guard(requestWith(await prove()))
  assert.equal(first.answer?.status, 401)
  assert.match(first.answer.headers['WWW-Authenticate']!, /^DPoP error="use_dpop_nonce"/)
  const nonce = first.answer.headers['DPoP-Nonce']
  assert.match(nonce ?? '', /^[\w-]{43}$/)
  for (const check of [guard, elsewhere]) {
    assert.equal(
      (await check(requestWith(await prove({ nonce })))).claims?.client_id,
      'test-client',
    )
  }
  assert.equal(
    reasonOf(await guard(requestWith(await prove({ nonce: 'A'.repeat(43) })))),
    'nonce_required',
  )
  advance(60)
  assert.equal((await guard(requestWith(await prove({ nonce })))).claims?.client_id, 'test-client')
  advance(60)
  const late = await guard(requestWith(await prove({ nonce })))
  assert.equal(reasonOf(late), 'nonce_required')
  assert.notEqual(late.answer?.headers['DPoP-Nonce'], nonce)
})

test('a secret of its own does not take the nonces of others', async () => {
  const { api, requestWith, prove } = await start({ requireNonce: true })
  const { answer } = await api()()(requestWith(await prove()))
  const nonce = answer?.headers['DPoP-Nonce']
  assert.equal(reasonOf(await api()()(requestWith(await prove({ nonce })))), 'nonce_required')
})

test('of many that come with one proof at the same time one gets through', async () => {
  const { api, requestWith, prove } = await start({})
  const guard = api()()
  const request = requestWith(await prove())
  const outcomes = await Promise.all(Array.from({ length: 20 }, async () => guard(request)))
  assert.equal(outcomes.filter(({ claims }) => claims !== undefined).length, 1)
})

test('without a URL of its own an API takes no bound token', async () => {
  const testIssuer = createTestIssuer()
  const auth = mapae({
    issuer: testIssuer.issuer,
    audience: 'orders',
    revocations: 'off',
    testIssuer,
  })
  const { accessToken, prove } = await testIssuer.mintBound({ aud: 'orders' })
  const outcome = await auth()({
    method: 'GET',
    url: '/',
    authorization: `DPoP ${accessToken}`,
    dpop: await prove('GET', 'https://orders/'),
  })
  assert.equal(reasonOf(outcome), 'binding_unsupported')
})

test('used proofs are bounded, and none gets through twice when there are too many', () => {
  const set = new ReplaySet(3)
  const oldest = 0
  for (const [proof, at] of [
    ['a', 10],
    ['b', 11],
    ['c', 12],
  ] as const) {
    assert.equal(set.use(proof, at, oldest), true)
    assert.equal(set.use(proof, at, oldest), false)
  }
  assert.equal(set.use('d', 13, oldest), true)
  // `a` fell out: whatever is as old as that is refused, used before or not.
  assert.equal(set.use('a', 10, oldest), false)
  assert.equal(set.use('new', 10, oldest), false)
  assert.equal(set.use('new', 11, oldest), true)
  // Those that have expired anyway make room without refusing anybody.
  const calm = new ReplaySet(3)
  for (const proof of ['a', 'b', 'c']) calm.use(proof, 10, oldest)
  assert.equal(calm.use('d', 100, 40), true)
  assert.equal(calm.use('e', 41, 40), true)
})
