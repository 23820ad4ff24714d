import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import type { UserId } from '../../src/domain/ids.ts'
import { createTestMapae } from '../test-mapae.ts'

const ROUNDS = 40

// With nothing to tell two groups apart the statistic has mean 0.5 and, for 40 against 40, standard
// deviation 0.065: five of them are allowed. A missing hash gives 0 or 1.
const TOLERANCE = 0.325

const server = await createTestMapae({ signInLimitAccount: 100_000, signInLimitAddress: 100_000 })
after(() => server.close())
await server.signUp('mina')
const disabled = await server.signUp('disabled')
await server.mapae.accounts.disable(disabled.user.id as UserId)

async function millisecondsOf([username, password]: readonly string[]): Promise<number> {
  const startedAt = performance.now()
  const { status } = await server.call('POST', '/v1/login', { username, password })
  const took = performance.now() - startedAt
  assert.notEqual(status, 429)
  return took
}

/** The chance that a random time of `two` is longer than one of `one` (Mann-Whitney, U / n²). */
function chanceOfLonger(one: readonly number[], two: readonly number[]): number {
  let longer = 0
  for (const a of one) for (const b of two) longer += Number(b > a) + Number(b === a) / 2
  return longer / (one.length * two.length)
}

test('the time of a failed login does not tell why it failed', async () => {
  const kinds = {
    'a wrong password': ['mina', 'wrong'],
    'an unknown user': ['nobody', 'wrong'],
    'a disabled user': ['disabled', 'wrong'],
    'a name that cannot be': ['...', 'wrong'],
    'a body that is refused unhashed': ['mina', ''],
  } as const
  const names = Object.keys(kinds) as (keyof typeof kinds)[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]]))
  for (let round = -3; round < ROUNDS; round++) {
    // Each kind takes each place in a round equally often, so that drift hits all alike.
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + round + names.length) % names.length]!
      const took = await millisecondsOf(kinds[name])
      if (round >= 0) times[name]!.push(took)
    }
  }
  const chances = names.map((name) => chanceOfLonger(times['a wrong password']!, times[name]!))
  const [, unknown, disabledUser, impossible, unhashed] = chances
  for (const chance of [unknown!, disabledUser!, impossible!]) {
    assert.ok(Math.abs(chance - 0.5) < TOLERANCE, JSON.stringify(chances))
  }
  // The statistic does see a missing hash.
  assert.ok(unhashed! < 0.5 - TOLERANCE, JSON.stringify(chances))
})
