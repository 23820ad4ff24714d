import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { createMinuteLimit } from '../../src/login/minute-limit.ts'
import { createTestClock } from '../test-mapae.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MEBIBYTE = 1_048_576
const NAMES = 500
/** As long as a name of a client in a form may be. */
const LONG = 'x'.repeat(60_000)

function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test('a name that somebody made up takes no more room for being long', () => {
  const limit = createMinuteLimit(1, createTestClock())
  const before = heldBytes()
  for (let count = 0; count < NAMES; count++) limit.use(JSON.stringify([`${count}${LONG}`]))
  const held = heldBytes() - before
  assert.ok(held < 2 * MEBIBYTE, `${NAMES} names hold ${held} bytes`)
})

test('long names count each for itself', () => {
  const limit = createMinuteLimit(1, createTestClock())
  limit.use(`${LONG}a`)
  assert.throws(() => limit.check(`${LONG}a`), { code: 'too_many_attempts' })
  limit.check(`${LONG}b`)
})
