import assert from 'node:assert/strict'
import { test } from 'node:test'

import { MapaeError } from '../../src/domain/errors.ts'
import { createDpopNonces } from '../../src/tokens/dpop-nonce.ts'
import { createDpopProofs, type ProvenRequest } from '../../src/tokens/dpop-proof.ts'
import { createReplayMemory } from '../../src/tokens/replay-memory.ts'
import { accessTokenHash, createDpopKey, type Changes } from '../dpop-key.ts'
import { createTestClock } from '../test-mapae.ts'

const MASTER_KEY = new Uint8Array(32).fill(7)
const URL_OF_CALL = 'https://auth.example.com/v1/refresh'
const request: ProvenRequest = { method: 'POST', url: URL_OF_CALL }
const key = createDpopKey()

function createNode({ clock = createTestClock(), capacity = 1000, masterKey = MASTER_KEY } = {}) {
  const nonces = createDpopNonces(masterKey, clock)
  const proofs = createDpopProofs(nonces, createReplayMemory(capacity, clock), clock)
  const claims = (changes: Changes = {}) => ({
    htm: 'POST',
    htu: URL_OF_CALL,
    iat: clock.seconds(),
    ...changes,
  })
  return {
    clock,
    nonces,
    check: (proof: string, of = request) => proofs.check(proof, of),
    proof: (changes: Changes = {}) => key.proof(claims(changes)),
  }
}

type Node = ReturnType<typeof createNode>

/** What becomes of a proof: `good`, the reason why it is not, or that a nonce is asked for. */
async function outcome({ check }: Node, proof: string, of?: ProvenRequest): Promise<string> {
  try {
    assert.equal(await check(proof, of), key.thumbprint)
    return 'good'
  } catch (error) {
    assert.ok(error instanceof MapaeError)
    if (error.code === 'use_dpop_nonce') return 'use_dpop_nonce'
    assert.equal(error.code, 'invalid_dpop_proof')
    return String(error.details.members?.['reason'])
  }
}

test('a proof tells the thumbprint of its key, once', async () => {
  const node = createNode()
  const proof = node.proof()
  assert.equal(await outcome(node, proof), 'good')
  assert.equal(await outcome(node, proof), 'replayed')
  assert.equal(await outcome(node, node.proof()), 'good')
})

test('one name is used once by one key, whatever else the proofs say', async () => {
  const node = createNode()
  assert.equal(await outcome(node, node.proof({ jti: 'a' })), 'good')
  node.clock.advance(1)
  assert.equal(await outcome(node, node.proof({ jti: 'a' })), 'replayed')
  const other = createDpopKey()
  const claims = { htm: 'POST', htu: URL_OF_CALL, iat: node.clock.seconds(), jti: 'a' }
  assert.equal(await node.check(other.proof(claims)), other.thumbprint)
})

test('of 50 at once one is used', async () => {
  const node = createNode()
  const proof = node.proof()
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(node, proof)))
  assert.equal(outcomes.filter((one) => one === 'good').length, 1)
})

const addresses: readonly (readonly [string, string, 'good' | 'htu_mismatch'])[] = [
  ['as it is', URL_OF_CALL, 'good'],
  ['with a query and a fragment', `${URL_OF_CALL}?a=b#c`, 'good'],
  ['in other case, with the usual port', 'HTTPS://AUTH.example.com:443/v1/refresh', 'good'],
  ['with dots to resolve', 'https://auth.example.com/v1/../v1/refresh', 'good'],
  ['another path', 'https://auth.example.com/v1/login', 'htu_mismatch'],
  ['another case of the path', 'https://auth.example.com/V1/refresh', 'htu_mismatch'],
  ['a slash more', `${URL_OF_CALL}/`, 'htu_mismatch'],
  ['another host', 'https://auth.example.com.evil.example/v1/refresh', 'htu_mismatch'],
  ['another port', 'https://auth.example.com:8443/v1/refresh', 'htu_mismatch'],
  ['without TLS', 'http://auth.example.com/v1/refresh', 'htu_mismatch'],
  ['with somebody in front', 'https://auth.example.com@evil.example/v1/refresh', 'htu_mismatch'],
  ['with a name and a password', 'https://a:b@auth.example.com/v1/refresh', 'htu_mismatch'],
  ['the path alone', '/v1/refresh', 'htu_mismatch'],
  ['nothing', '', 'htu_mismatch'],
]

for (const [name, htu, expected] of addresses) {
  test(`an htu ${name}: ${expected}`, async () => {
    const node = createNode()
    assert.equal(await outcome(node, node.proof({ htu })), expected)
  })
}

test('two addresses that are none do not match each other', async () => {
  const node = createNode()
  const of = { method: 'POST', url: 'no address' }
  assert.equal(await outcome(node, node.proof({ htu: 'no address' }), of), 'htu_mismatch')
})

test('a proof may be a minute old, or five seconds early, by the clock of the client', async () => {
  const node = createNode()
  for (const [seconds, expected] of [
    [-60, 'use_dpop_nonce'],
    [-59, 'good'],
    [0, 'good'],
    [5, 'good'],
    [6, 'use_dpop_nonce'],
    [86_400, 'use_dpop_nonce'],
  ] as const) {
    const proof = node.proof({ iat: node.clock.seconds() + seconds })
    assert.equal(await outcome(node, proof), expected, `${seconds} seconds`)
  }
})

test('a nonce makes up for a wrong clock, for five minutes', async () => {
  const node = createNode()
  const nonce = node.nonces.issue()
  const late = () => node.proof({ iat: node.clock.seconds() - 90_000, nonce })
  assert.equal(await outcome(node, late()), 'good')
  node.clock.advance(299)
  assert.equal(await outcome(node, late()), 'good')
  node.clock.advance(1)
  assert.equal(await outcome(node, late()), 'use_dpop_nonce')
  assert.equal(await outcome(node, node.proof({ nonce })), 'good', 'the clock says it is young')
})

test('the error carries a nonce that every node takes', async () => {
  const clock = createTestClock()
  const [one, other] = [createNode({ clock }), createNode({ clock })]
  await assert.rejects(one.check(one.proof({ iat: 1 })), (error) => {
    assert.ok(error instanceof MapaeError)
    const nonce = error.details.dpopNonce!
    assert.equal(other.nonces.issuedAt(nonce), clock.seconds())
    return true
  })
})

test('a nonce that was not issued here is refused, however young the proof is', async () => {
  const node = createNode()
  const nonce = node.nonces.issue()
  const stranger = createNode({ clock: node.clock, masterKey: new Uint8Array(32).fill(8) })
  const changed = `${nonce[0] === 'A' ? 'B' : 'A'}${nonce.slice(1)}`
  const bad = [stranger.nonces.issue(), changed, '', 'a', `${nonce}A`, `${nonce.slice(0, -1)}=`]
  for (const one of bad) {
    assert.equal(await outcome(node, node.proof({ nonce: one })), 'use_dpop_nonce', one)
  }
})

test('a used proof is remembered for as long as it would be taken', async () => {
  const node = createNode()
  const nonce = node.nonces.issue()
  const proof = node.proof({ nonce })
  assert.equal(await outcome(node, proof), 'good')
  for (const seconds of [59, 1, 239]) {
    node.clock.advance(seconds)
    assert.equal(await outcome(node, proof), 'replayed')
  }
  node.clock.advance(1)
  assert.equal(await outcome(node, proof), 'use_dpop_nonce')
})

test('a full memory forgets, and takes nothing that it may have forgotten', async () => {
  const node = createNode({ capacity: 10 })
  const first = node.proof()
  assert.equal(await outcome(node, first), 'good')
  node.clock.advance(1)
  for (let count = 0; count < 10; count++) assert.equal(await outcome(node, node.proof()), 'good')
  assert.equal(await outcome(node, first), 'use_dpop_nonce')
  const nonce = node.nonces.issue()
  assert.equal(await outcome(node, node.proof({ nonce })), 'good', 'what is younger is taken')
})

test('what is over makes room first', async () => {
  const node = createNode({ capacity: 10 })
  for (let count = 0; count < 10; count++) assert.equal(await outcome(node, node.proof()), 'good')
  node.clock.advance(60)
  const young = node.proof({ iat: node.clock.seconds() - 59 })
  assert.equal(await outcome(node, young), 'good')
  assert.equal(await outcome(node, young), 'replayed')
})

test('with an access token the proof must name it, and be of the key that it is bound to', async () => {
  const node = createNode()
  const accessToken = 'an access token'
  const of = { ...request, bound: { accessToken, keyThumbprint: key.thumbprint } }
  const ath = accessTokenHash(accessToken)
  assert.equal(await outcome(node, node.proof({ ath }), of), 'good')
  assert.equal(await outcome(node, node.proof(), of), 'ath_mismatch')
  const elsewhere = node.proof({ ath: accessTokenHash('another') })
  assert.equal(await outcome(node, elsewhere, of), 'ath_mismatch')
  const another = { ...request, bound: { accessToken, keyThumbprint: createDpopKey().thumbprint } }
  assert.equal(await outcome(node, node.proof({ ath }), another), 'key_mismatch')
})
