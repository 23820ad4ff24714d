import assert from 'node:assert/strict'
import { argon2Sync, randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { MapaeError } from '../../src/domain/errors.ts'
import { type Argon2Engine, loadArgon2Engine } from '../../src/login/argon2-engine.ts'
import {
  DEFAULT_ARGON2_PARAMETERS,
  type PasswordHasherOptions,
  createPasswordHasher,
} from '../../src/login/password-hashing.ts'

const cheap = { memoryKibibytes: 64, passes: 1, lanes: 1 }
const native = await loadArgon2Engine()
const builtIn = await loadArgon2Engine(() => Promise.reject(new Error('no prebuilt binary')))

function createHasher(options: Partial<PasswordHasherOptions> = {}) {
  return createPasswordHasher({
    engine: native,
    concurrency: 2,
    queueLimit: 500,
    parameters: cheap,
    random: randomBytes,
    monotonicMilliseconds: () => performance.now(),
    ...options,
  })
}

/** Counts computations and what they cost, and computes nothing. */
function createRecordingEngine() {
  const costs: number[] = []
  const engine: Argon2Engine = {
    name: 'node',
    async derive({ tagBytes, parameters }) {
      costs.push(parameters.memoryKibibytes * parameters.passes)
      return new Uint8Array(tagBytes)
    },
  }
  return { engine, costs }
}

const wrong = { ok: false, needsRehash: false, isHashUnusable: false }
const right = { ok: true, needsRehash: false, isHashUnusable: false }

test('the right password verifies, another does not', async () => {
  const hasher = createHasher()
  const hash = await hasher.hash('correct horse 9')
  assert.match(hash, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.deepEqual(await hasher.verify(hash, 'correct horse 9'), right)
  for (const other of ['correct horse 8', 'Correct horse 9', 'correct horse 9 ', '']) {
    assert.deepEqual(await hasher.verify(hash, other), wrong)
  }
})

test('every hash has a salt of its own, and the default cost is 19 MiB and two passes', async () => {
  const hasher = createPasswordHasher({
    engine: native,
    concurrency: 1,
    queueLimit: 1,
    random: randomBytes,
    monotonicMilliseconds: () => performance.now(),
  })
  const [one, two] = await Promise.all([hasher.hash('same words'), hasher.hash('same words')])
  assert.notEqual(one, two)
  assert.ok(one.startsWith('$argon2id$v=19$m=19456,t=2,p=1$'))
})

test('composed and decomposed Hangul are one password', async () => {
  const hasher = createHasher()
  const hash = await hasher.hash('비밀번호입니다'.normalize('NFD'))
  assert.deepEqual(await hasher.verify(hash, '비밀번호입니다'.normalize('NFC')), right)
})

test('both engines make and read the same strings', async () => {
  assert.equal(native.name, 'native')
  assert.equal(builtIn.name, 'node')
  for (const parameters of [cheap, { memoryKibibytes: 128, passes: 3, lanes: 4 }]) {
    const salts = () => new Uint8Array(16).fill(7)
    const options = { parameters, random: salts }
    const byNative = createHasher({ ...options, engine: native })
    const byBuiltIn = createHasher({ ...options, engine: builtIn })
    const hash = await byNative.hash('정답 horse 9')
    assert.equal(await byBuiltIn.hash('정답 horse 9'), hash)
    assert.deepEqual(await byNative.verify(hash, '정답 horse 9'), right)
    assert.deepEqual(await byBuiltIn.verify(hash, '정답 horse 9'), right)
    assert.deepEqual(await byBuiltIn.verify(hash, '오답 horse 9'), wrong)
  }
})

test('a hash made by another Argon2 program verifies, and asks to be renewed', async () => {
  // "password" and "somesalt", from the tests of the reference implementation in C.
  const foreign =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  const outcome = await createHasher().verify(foreign, 'password')
  assert.deepEqual(outcome, { ok: true, needsRehash: true, isHashUnusable: false })
})

test('other parameters ask for a new hash, and only when the password was right', async () => {
  const hash = await createHasher().hash('correct horse 9')
  for (const parameters of [
    { ...cheap, memoryKibibytes: 128 },
    { ...cheap, passes: 2 },
    { ...cheap, lanes: 2 },
  ]) {
    const hasher = createHasher({ parameters })
    assert.deepEqual(await hasher.verify(hash, 'correct horse 9'), { ...right, needsRehash: true })
    assert.deepEqual(await hasher.verify(hash, 'correct horse 8'), wrong)
    const renewed = await hasher.hash('correct horse 9')
    assert.deepEqual(await hasher.verify(renewed, 'correct horse 9'), right)
  }
})

test('nobody, damaged and hostile hashes, and impossible passwords cost one current hash', async () => {
  const { engine, costs } = createRecordingEngine()
  const hasher = createHasher({ engine })
  const damaged = { ok: false, needsRehash: false, isHashUnusable: true }
  const tail = `$${'A'.repeat(22)}$${'A'.repeat(43)}`
  assert.deepEqual(await hasher.verify(null, 'password'), wrong)
  assert.deepEqual(await hasher.verify('', 'password'), damaged)
  assert.deepEqual(await hasher.verify('garbage', 'password'), damaged)
  for (const cost of ['m=4294967295,t=1,p=1', 'm=65536,t=4294967295,p=1', 'm=8,t=1,p=255']) {
    assert.deepEqual(await hasher.verify(`$argon2id$v=19$${cost}${tail}`, 'password'), damaged)
  }
  // The recording engine answers zeros, which this hash holds: only the password is refused.
  const zeros = `$argon2id$v=19$m=64,t=1,p=1${tail}`
  assert.deepEqual(await hasher.verify(zeros, 'x'.repeat(257)), wrong)
  assert.deepEqual(await hasher.verify(zeros, 'x'.repeat(1_000_000)), wrong)
  assert.deepEqual(await hasher.verify(zeros, 'lone \ud800'), wrong)
  assert.deepEqual(await hasher.verify(zeros, 'possible'), right)
  assert.deepEqual(costs, Array(10).fill(64))
})

test('nobody stays nobody even where the computation would match', async () => {
  const engine: Argon2Engine = { name: 'node', derive: async () => new Uint8Array(32) }
  const hasher = createHasher({ engine, random: (byteCount) => new Uint8Array(byteCount) })
  assert.deepEqual(await hasher.verify(null, 'password'), wrong)
})

test('what cannot be a password is not hashed, and the error does not repeat it', async () => {
  const hasher = createHasher()
  for (const text of [`secret${'x'.repeat(300)}`, 'secret\ud800']) {
    await assert.rejects(hasher.hash(text), (error) => {
      assert.ok(error instanceof RangeError)
      assert.doesNotMatch(`${error.message} ${error.stack}`, /secret/)
      return true
    })
  }
})

test('parameters that verification would refuse cannot be configured', () => {
  for (const parameters of [
    { ...cheap, memoryKibibytes: 7 },
    { ...cheap, memoryKibibytes: 10_000_000 },
    { ...cheap, passes: 0 },
    { ...cheap, passes: 1.5 },
    { ...cheap, lanes: 0 },
    { ...cheap, lanes: NaN },
  ]) {
    assert.throws(() => createHasher({ parameters }), RangeError)
  }
})

test('of 300 calls at once only the pool and its queue are served, the rest hear so at once', async () => {
  let running = 0
  let mostRunning = 0
  const engine: Argon2Engine = {
    name: native.name,
    async derive(input) {
      running += 1
      mostRunning = Math.max(mostRunning, running)
      try {
        return await native.derive(input)
      } finally {
        running -= 1
      }
    },
  }
  const hasher = createHasher({ engine, concurrency: 3, queueLimit: 64 })
  const hash = await hasher.hash('correct horse 9')
  let served = 0
  const calls = Array.from({ length: 300 }, async (_, number) => {
    try {
      const { ok } = await hasher.verify(hash, number % 2 === 0 ? 'correct horse 9' : 'wrong horse')
      assert.equal(ok, number % 2 === 0)
      served += 1
      return 'served'
    } catch (error) {
      assert.ok(error instanceof MapaeError && error.code === 'server_busy')
      assert.ok(Number(error.details.retryAfterSeconds) >= 1)
      assert.equal(served, 0, 'was turned away only after someone else had been served')
      return 'busy'
    }
  })
  assert.deepEqual([hasher.running, hasher.waiting], [3, 64])
  const outcomes = await Promise.all(calls)
  assert.equal(outcomes.filter((outcome) => outcome === 'served').length, 67)
  assert.equal(mostRunning, 3)
  assert.deepEqual([hasher.running, hasher.waiting], [0, 0])
})

test('a caller that goes away while waiting costs no hash', async () => {
  const { engine, costs } = createRecordingEngine()
  const hasher = createHasher({ engine, concurrency: 1 })
  const controller = new AbortController()
  const first = hasher.verify(null, 'password')
  const abandoned = [
    hasher.verify(null, 'password', controller.signal),
    hasher.hash('password', controller.signal),
  ]
  assert.equal(hasher.waiting, 2)
  controller.abort()
  assert.equal(hasher.waiting, 0)
  for (const call of abandoned) await assert.rejects(call, { name: 'AbortError' })
  await first
  assert.equal(costs.length, 1)
})

/** How much of the time the event loop was busy while `count` default-cost hashes were computed. */
async function loopUtilization(engine: Argon2Engine, count: number): Promise<number> {
  const hasher = createHasher({ engine, parameters: DEFAULT_ARGON2_PARAMETERS })
  const before = performance.eventLoopUtilization()
  await Promise.all(Array.from({ length: count }, () => hasher.verify(null, 'password')))
  return performance.eventLoopUtilization(before).utilization
}

test('the event loop stays free while hashes are computed', async () => {
  const blocking: Argon2Engine = {
    name: 'node',
    derive: async ({ password, salt, tagBytes, parameters }) =>
      argon2Sync('argon2id', {
        message: password,
        nonce: salt,
        tagLength: tagBytes,
        memory: parameters.memoryKibibytes,
        passes: parameters.passes,
        parallelism: parameters.lanes,
      }),
  }
  const nativeBusy = await loopUtilization(native, 20)
  const builtInBusy = await loopUtilization(builtIn, 8)
  const blockedBusy = await loopUtilization(blocking, 4)
  assert.ok(nativeBusy < 0.4, `native: ${nativeBusy}`)
  assert.ok(builtInBusy < 0.4, `built in: ${builtInBusy}`)
  assert.ok(blockedBusy > 0.6, `this test would not see a blocked loop: ${blockedBusy}`)
})
