import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { KeyTimes, StoredKey } from '../../src/domain/signing-key.ts'
import type { Seconds, UnixSeconds } from '../../src/domain/time.ts'
import {
  decideStages,
  findNewest,
  JWKS_MAX_AGE_SECONDS,
  nextPublicationAt,
  publicationLeadSeconds,
} from '../../src/tokens/key-stages.ts'

const LIFE = 600 as Seconds
const MARGIN = 300

type Instants = Partial<Record<'createdAt' | 'signsFrom' | 'retiredAt' | 'withdrawnAt', number>>

function key(kid: string, instants: Instants): KeyTimes {
  const times = { createdAt: 0, signsFrom: 0, retiredAt: null, withdrawnAt: null, ...instants }
  return { kid, longestTokenSeconds: LIFE, ...times } as KeyTimes
}

function stagesAt(keys: readonly KeyTimes[], now: number): string {
  return decideStages(keys, now as UnixSeconds)
    .map(({ key: { kid }, stage, since }) => `${kid} ${stage} ${since}`)
    .join(', ')
}

const first = key('one', { createdAt: 0, signsFrom: 0 })
const second = key('two', { createdAt: 100, signsFrom: 200 })
const third = key('three', { createdAt: 5000, signsFrom: 6000 })

const rows: readonly [name: string, keys: readonly KeyTimes[], now: number, expected: string][] = [
  ['no key', [], 0, ''],
  ['the only key', [first], 0, 'one signing 0'],
  ['the only key, for ever', [first], 1e9, 'one signing 0'],
  ['a clock that was set back', [second], 0, 'two signing 200'],
  ['a successor waits', [first, second], 100, 'one signing 0, two published 100'],
  ['one second before', [first, second], 199, 'one signing 0, two published 100'],
  ['its instant', [first, second], 200, 'one verify-only 200, two signing 200'],
  ['it is not retired by time alone', [first, second], 1e9, 'one verify-only 200, two signing 200'],
  [
    'three at once',
    [first, second, third],
    5500,
    'one verify-only 200, two signing 200, three published 5000',
  ],
  [
    'three, the last signs',
    [first, second, third],
    6000,
    'one verify-only 200, two verify-only 6000, three signing 6000',
  ],
  [
    'the successor was withdrawn before it signed',
    [first, key('two', { signsFrom: 200, withdrawnAt: 150 })],
    300,
    'one signing 0, two withdrawn 150',
  ],
  [
    'what signed was withdrawn and replaced',
    [first, key('two', { signsFrom: 200, withdrawnAt: 400 }), key('new', { signsFrom: 340 })],
    400,
    'one verify-only 200, two withdrawn 400, new signing 340',
  ],
  [
    'withdrawn while a successor waits',
    [
      key('one', { withdrawnAt: 400 }),
      key('two', { signsFrom: 900 }),
      key('new', { signsFrom: 340 }),
    ],
    500,
    'one withdrawn 400, two published 0, new signing 340',
  ],
  [
    'a writer whose clock is ahead is obeyed at once',
    [key('one', { withdrawnAt: 430 }), key('two', { signsFrom: 370 })],
    370,
    'one withdrawn 430, two signing 370',
  ],
  ['retired', [key('one', { retiredAt: 1100 }), second], 1100, 'one retired 1100, two signing 200'],
  [
    'the order of storage does not matter',
    [second, first],
    200,
    'two signing 200, one verify-only 200',
  ],
  [
    'two of one instant are told apart by name',
    [key('b', { signsFrom: 5 }), key('a', { signsFrom: 5 })],
    5,
    'b signing 5, a verify-only 5',
  ],
]

for (const [name, keys, now, expected] of rows) {
  test(`stages: ${name}`, () => assert.equal(stagesAt(keys, now), expected))
}

test('stages: every instant of three keys, second by second', () => {
  for (let now = 0; now < 8000; now++) {
    const one = now < 200 ? 'one signing 0' : 'one verify-only 200'
    const early = now < 200 ? 'two published 100' : 'two signing 200'
    const two = now < 6000 ? early : 'two verify-only 6000'
    const three = now < 6000 ? 'three published 5000' : 'three signing 6000'
    assert.equal(stagesAt([first, second, third], now), `${one}, ${two}, ${three}`)
  }
})

test('safe to retire: a life and a margin after the next key took over', () => {
  const [one, two, last] = decideStages([first, second, third], 6000 as UnixSeconds)
  assert.equal(one!.safeToRetireAt, 200 + LIFE + MARGIN)
  assert.equal(two!.safeToRetireAt, 6000 + LIFE + MARGIN)
  assert.equal(last!.safeToRetireAt, null)
})

/** Every combination of a few instants for three keys. */
function* smallWorlds(): Generator<readonly KeyTimes[]> {
  const ends: Instants[] = [{}, { retiredAt: 4 }, { withdrawnAt: 2 }, { withdrawnAt: 5 }]
  const choices = [0, 3, 6].flatMap((signsFrom) => ends.map((end) => ({ ...end, signsFrom })))
  for (const a of choices) {
    for (const b of choices) {
      for (const c of choices) yield [key('a', a), key('b', b), key('c', c)]
    }
  }
}

const rank = { published: 0, signing: 1, 'verify-only': 2, retired: 3, withdrawn: 3 } as const

test('in every small world: one living key signs, and no key goes back to an earlier stage', () => {
  let worlds = 0
  for (const keys of smallWorlds()) {
    worlds++
    const before = new Map<string, number>()
    for (let now = 0; now <= 8; now++) {
      const staged = decideStages(keys, now as UnixSeconds)
      const living = keys.filter((one) => one.retiredAt === null && one.withdrawnAt === null)
      const signing = staged.filter(({ stage }) => stage === 'signing')
      assert.equal(signing.length, Math.min(1, living.length))
      for (const { key: one, stage, signsUntil, safeToRetireAt } of staged) {
        const isEarly = one.signsFrom > now && living.some(({ signsFrom }) => signsFrom <= now)
        if (stage === 'signing') assert.ok(!isEarly && living.includes(one))
        if (stage === 'published') assert.ok(one.signsFrom > now)
        if (stage === 'verify-only') assert.equal(safeToRetireAt, signsUntil! + LIFE + MARGIN)
        assert.ok(rank[stage] >= (before.get(one.kid) ?? 0))
        before.set(one.kid, rank[stage])
      }
    }
  }
  assert.equal(worlds, 12 ** 3)
})

function stored(times: KeyTimes, purpose: StoredKey['purpose']): StoredKey {
  return { ...times, purpose, algorithm: 'ES256', sealedJwk: '' }
}

test('the next key is published early enough to sign when the time of this one is over', () => {
  const rotation = (90 * 86_400) as Seconds
  for (const purpose of ['access_token', 'refresh_token'] as const) {
    const keys = [first, second].map((times) => stored(times, purpose))
    const lead = publicationLeadSeconds[purpose]
    assert.equal(nextPublicationAt(keys, rotation), 200 + rotation - lead)
    assert.equal(nextPublicationAt(keys, 0 as Seconds), null)
  }
  assert.equal(nextPublicationAt([], rotation), null)
  assert.equal(findNewest([first, second, key('x', { signsFrom: 300, withdrawnAt: 1 })]), second)
})

test('nobody who keeps the key set as long as they may meets a key that signs unknown', () => {
  const skewSeconds = 60
  const proxyAndVerifier = 2 * JWKS_MAX_AGE_SECONDS
  const staleDefaultOfMapaeJwt = 3600
  assert.ok(
    publicationLeadSeconds.access_token > proxyAndVerifier + staleDefaultOfMapaeJwt + skewSeconds,
  )
  assert.ok(publicationLeadSeconds.refresh_token > skewSeconds)
})
