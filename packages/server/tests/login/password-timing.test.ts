import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { loadArgon2Engine } from '../../src/login/argon2-engine.ts'
import { createPasswordHasher } from '../../src/login/password-hashing.ts'

const SAMPLES = 60

// With nothing to tell the groups apart the statistic below has mean 0.5 and, for 60 against 60,
// standard deviation 0.053: five of them are allowed. An early return gives 0 or 1.
const TOLERANCE = 0.265

/** Times both actions alternately, each going first as often, so that drift hits both alike. */
async function timeInterleaved(
  one: () => Promise<unknown>,
  two: () => Promise<unknown>,
): Promise<{ one: number[]; two: number[] }> {
  const times = { one: [] as number[], two: [] as number[] }
  const time = async (action: () => Promise<unknown>, into: number[]) => {
    const startedAt = performance.now()
    await action()
    into.push(performance.now() - startedAt)
  }
  for (let warmUp = 0; warmUp < 5; warmUp += 1) await Promise.all([one(), two()])
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    if (sample % 2 === 0) await time(one, times.one)
    await time(two, times.two)
    if (sample % 2 === 1) await time(one, times.one)
  }
  return times
}

/** The chance that a random time of `two` is longer than one of `one` (Mann-Whitney, U / n²). */
function chanceOfLonger({ one, two }: { one: number[]; two: number[] }): number {
  let longer = 0
  for (const a of one) for (const b of two) longer += Number(b > a) + Number(b === a) / 2
  return longer / (one.length * two.length)
}

const hasher = createPasswordHasher({
  engine: await loadArgon2Engine(),
  concurrency: 2,
  queueLimit: 8,
  random: randomBytes,
  monotonicMilliseconds: () => performance.now(),
  parameters: { memoryKibibytes: 2048, passes: 1, lanes: 1 },
})
const hash = await hasher.hash('correct horse 9')
const wrongPassword = () => hasher.verify(hash, 'correct horse 8')

const alike = {
  'an unknown user': () => hasher.verify(null, 'correct horse 8'),
  'a damaged hash': () => hasher.verify('damaged', 'correct horse 8'),
  'a password longer than any': () => hasher.verify(hash, 'x'.repeat(2_000)),
  'the right password': () => hasher.verify(hash, 'correct horse 9'),
}

for (const [name, action] of Object.entries(alike)) {
  test(`the time of ${name} is that of a wrong password`, async () => {
    // Other work on the machine may look like a difference once; one that is there shows every time.
    let chance = 0
    for (let round = 0; round < 3; round += 1) {
      chance = chanceOfLonger(await timeInterleaved(wrongPassword, action))
      if (Math.abs(chance - 0.5) < TOLERANCE) return
    }
    assert.fail(`longer in ${chance} of all pairs`)
  })
}

test('the statistic sees an early return', async () => {
  const early = () => Promise.resolve()
  const chance = chanceOfLonger(await timeInterleaved(wrongPassword, early))
  assert.ok(Math.abs(chance - 0.5) > TOLERANCE, `longer in ${chance} of all pairs`)
})
