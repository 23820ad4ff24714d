import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createBatchedRandom } from '../../src/compose/batched-random.ts'

/** Gives out the bytes 0, 1, 2 … and keeps how many were asked for at a time. */
function countingSource() {
  const draws: number[] = []
  let next = 0
  const draw = (byteCount: number) => {
    draws.push(byteCount)
    return Uint8Array.from({ length: byteCount }, () => next++)
  }
  return { draw, draws }
}

test('short draws share a batch, and none gets a byte of another', () => {
  const { draw, draws } = countingSource()
  const random = createBatchedRandom(draw)
  const kept = [8, 16, 1, 8].map((byteCount) => random(byteCount))
  assert.deepEqual(draws, [1024])
  assert.deepEqual(
    kept.flatMap((bytes) => [...bytes]),
    Array.from({ length: 33 }, (_, index) => index),
  )
})

test('what is left of a batch is not stretched: the next one begins', () => {
  const { draw, draws } = countingSource()
  const random = createBatchedRandom(draw)
  const lengths = new Set(Array.from({ length: 100 }, () => random(15).length))
  assert.deepEqual([...lengths], [15])
  assert.deepEqual(draws, [1024, 1024])
})

test('what is as long as a secret is drawn when it is needed', () => {
  const { draw, draws } = countingSource()
  const random = createBatchedRandom(draw)
  assert.equal(random(32).length, 32)
  assert.equal(random(17).length, 17)
  assert.deepEqual(draws, [32, 17])
})
