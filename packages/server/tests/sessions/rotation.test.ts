import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { SessionId, UserId } from '../../src/domain/ids.ts'
import { plainSession, type Session } from '../../src/domain/session.ts'
import type { Seconds, UnixSeconds } from '../../src/domain/time.ts'
import { decideRotation, isOpen, type RotationPolicy } from '../../src/sessions/rotation.ts'

const NOW = 1_800_000_000
const GRACE = 10
const IDLE = 1000

const policy: RotationPolicy = {
  graceSeconds: GRACE as Seconds,
  idleSeconds: IDLE as Seconds,
  lostResponse: 'recover',
}
const strict: RotationPolicy = { ...policy, lostResponse: 'strict' }
const noGrace: RotationPolicy = { ...policy, graceSeconds: 0 as Seconds }

/** Generation 4 was exchanged a while ago, generation 5 is the newest. */
const session: Session = {
  id: 'AZwAAAAAcACAAAAAAAAAAA' as SessionId,
  userId: 'AZwAAAAAcACAAAAAAAAAAQ' as UserId,
  clientId: 'web',
  audience: 'https://api.example.com',
  scope: null,
  live: 5,
  spent: 4,
  spentAt: (NOW - 600) as UnixSeconds,
  retryKeyHash: null,
  createdAt: (NOW - 5000) as UnixSeconds,
  lastUsedAt: (NOW - 600) as UnixSeconds,
  idleExpiresAt: (NOW + 400) as UnixSeconds,
  absoluteExpiresAt: (NOW + 50_000) as UnixSeconds,
  endedAt: null,
  endedReason: null,
  deviceLabel: null,
  ipAddress: null,
  ...plainSession,
}
const fresh: Session = { ...session, live: 1, spent: 0, spentAt: null }

interface Presentation {
  readonly row?: Session | null
  readonly generation: number
  readonly key?: string
  readonly proof?: string
  readonly at?: number
  readonly under?: RotationPolicy
}

function present(presentation: Presentation) {
  const { row = session, generation, key, proof, at = NOW, under = policy } = presentation
  const presented = {
    generation,
    retryKeyHash: key ?? null,
    dpopKeyThumbprint: proof ?? null,
  }
  return decideRotation(row, presented, under, at as UnixSeconds)
}

function exchangedAgo(seconds: number, key: string | null = null): Session {
  return { ...session, spentAt: (NOW - seconds) as UnixSeconds, retryKeyHash: key }
}

test('row 1: nothing comes of a session that is unknown, ended or outlived', () => {
  const refused = { kind: 'refused' }
  const ended = { ...session, endedAt: NOW as UnixSeconds, endedReason: 'logout' as const }
  for (const generation of [4, 5, 3, 99]) {
    assert.deepEqual(present({ row: null, generation }), refused)
    assert.deepEqual(present({ row: ended, generation }), refused)
    assert.deepEqual(present({ generation, at: session.idleExpiresAt }), refused)
  }
})

test('row 1: both lifetimes are over at their very second, and not one before', () => {
  const { idleExpiresAt } = session
  assert.equal(present({ generation: 5, at: idleExpiresAt - 1 }).kind, 'rotated')
  assert.equal(present({ generation: 5, at: idleExpiresAt }).kind, 'refused')

  const absoluteExpiresAt = (NOW + 100) as UnixSeconds
  const old = { ...session, absoluteExpiresAt }
  assert.equal(present({ row: old, generation: 5, at: absoluteExpiresAt - 1 }).kind, 'rotated')
  assert.equal(present({ row: old, generation: 5, at: absoluteExpiresAt }).kind, 'refused')
  assert.deepEqual(
    [NOW + 99, NOW + 100].map((at) => isOpen(old, at as UnixSeconds)),
    [true, false],
  )
})

test('row 1: an ended session is refused, not reported as reuse again', () => {
  const row = { ...session, endedAt: (NOW - 1) as UnixSeconds }
  assert.equal(present({ row, generation: 1 }).kind, 'refused')
})

const bound: Session = { ...session, dpopKeyThumbprint: 'device' }
const everyGeneration = [-1, 0, 3, 4, 5, 6]

test('row 1 comes before the proof: what is over is over', () => {
  const row = { ...bound, endedAt: (NOW - 1) as UnixSeconds }
  for (const generation of everyGeneration) {
    assert.equal(present({ row, generation }).kind, 'refused')
    assert.equal(present({ row, generation, proof: 'other' }).kind, 'refused')
  }
})

test('row 2: without a proof nothing comes of a bound session and nothing changes', () => {
  for (const generation of everyGeneration) {
    assert.deepEqual(present({ row: bound, generation }), { kind: 'proof_missing' })
    assert.deepEqual(present({ row: bound, generation, key: 'k' }), { kind: 'proof_missing' })
  }
})

test('row 3: a proof of another key is theft, whatever comes with it and whenever', () => {
  for (const generation of everyGeneration) {
    for (const seconds of [0, GRACE, 600]) {
      const row = { ...bound, spentAt: (NOW - seconds) as UnixSeconds }
      assert.deepEqual(present({ row, generation, proof: 'other' }), { kind: 'wrong_key' })
    }
  }
})

test('row 4: the newest token of a bound session, with a proof of its key', () => {
  const decision = present({ row: bound, generation: 5, proof: 'device' })
  assert.equal(decision.kind, 'rotated')
  assert.deepEqual([decision.next.live, decision.next.dpopKeyThumbprint], [6, 'device'])
})

test('row 5: the spent token of a bound session is answered at any time and under every policy', () => {
  for (const under of [policy, strict, noGrace]) {
    for (const [seconds, key, recorded] of [
      [0, undefined, null],
      [GRACE + 1, undefined, null],
      [399, 'q', 'k'],
      [399, undefined, 'k'],
    ] as const) {
      const row = { ...exchangedAgo(seconds, recorded), dpopKeyThumbprint: 'device' }
      const presented = { row, generation: 4, proof: 'device', under }
      const decision = present(key === undefined ? presented : { ...presented, key })
      assert.deepEqual(decision, { kind: 'retried' })
    }
  }
})

test('row 9: an older token of a bound session is a copy, though the proof is right', () => {
  for (const generation of [-1, 0, 3, 6]) {
    const decision = present({ row: bound, generation, proof: 'device' })
    assert.deepEqual(decision, { kind: 'reuse_detected' })
  }
})

test('a session that is bound to nothing does not look at proofs', () => {
  for (const generation of everyGeneration) {
    const row = exchangedAgo(3)
    const proven = present({ row, generation, proof: 'device' })
    assert.deepEqual(proven, present({ row, generation }))
  }
})

test('row 4: the newest token moves the line on and keeps the session alive', () => {
  assert.deepEqual(present({ generation: 5, key: 'k' }), {
    kind: 'rotated',
    next: {
      ...session,
      spent: 5,
      live: 6,
      spentAt: NOW,
      retryKeyHash: 'k',
      lastUsedAt: NOW,
      idleExpiresAt: NOW + IDLE,
    },
  })
})

test('row 4: the first exchange of all', () => {
  const decision = present({ row: fresh, generation: 1 })
  assert.equal(decision.kind, 'rotated')
  assert.deepEqual([decision.next.spent, decision.next.live], [1, 2])
})

test('row 4: an exchange without a key forgets the key of the exchange before', () => {
  const decision = present({ row: exchangedAgo(600, 'k'), generation: 5 })
  assert.equal(decision.kind, 'rotated')
  assert.equal(decision.next.retryKeyHash, null)
})

test('row 4: no exchange carries a session over its absolute lifetime', () => {
  const row = { ...session, absoluteExpiresAt: (NOW + 30) as UnixSeconds }
  const decision = present({ row, generation: 5 })
  assert.equal(decision.kind, 'rotated')
  assert.equal(decision.next.idleExpiresAt, NOW + 30)
})

test('row 4 comes before the grace: the newest token is exchanged however young it is', () => {
  assert.equal(present({ row: exchangedAgo(0), generation: 5 }).kind, 'rotated')
})

test('row 6: the same attempt again is answered, at any time and under every policy', () => {
  for (const under of [policy, strict, noGrace]) {
    for (const seconds of [0, GRACE, GRACE + 1, 399]) {
      const row = exchangedAgo(seconds, 'k')
      const decision = present({ row, generation: 4, key: 'k', under })
      assert.deepEqual(decision, { kind: 'retried' })
    }
  }
})

test('row 6: the key counts for the token it came with and for no other', () => {
  const row = exchangedAgo(600, 'k')
  assert.equal(present({ row, generation: 3, key: 'k' }).kind, 'reuse_detected')
  assert.equal(present({ row, generation: 5, key: 'k' }).kind, 'rotated')
})

test('row 7: within the grace the token just exchanged is a race, its last second included', () => {
  const kinds = (key?: string, recorded?: string) =>
    [0, GRACE - 1, GRACE, GRACE + 1].map((seconds) => {
      const row = exchangedAgo(seconds, recorded ?? null)
      return present({ row, generation: 4, ...(key === undefined ? {} : { key }) }).kind
    })
  assert.deepEqual(kinds(), ['raced', 'raced', 'raced', 'recovered'])
  assert.deepEqual(kinds('other', 'k'), ['raced', 'raced', 'raced', 'reuse_detected'])
  assert.deepEqual(kinds('k'), ['raced', 'raced', 'raced', 'reuse_detected'])
  assert.deepEqual(kinds(undefined, 'k'), ['raced', 'raced', 'raced', 'reuse_detected'])
})

test('row 7: a race changes nothing', () => {
  assert.deepEqual(present({ row: exchangedAgo(3), generation: 4 }), { kind: 'raced' })
})

test('row 7: a clock that went back does not turn a race into a theft', () => {
  assert.equal(present({ row: exchangedAgo(-5), generation: 4 }).kind, 'raced')
})

test('row 7: a grace of 0 turns it off, even within the same second', () => {
  const row = exchangedAgo(0)
  assert.equal(present({ row, generation: 4, under: noGrace }).kind, 'recovered')
  const strictAndNoGrace = { ...strict, graceSeconds: 0 as Seconds }
  assert.equal(present({ row, generation: 4, under: strictAndNoGrace }).kind, 'reuse_detected')
})

test('row 8: without keys a lost response is made good and the lost child is dead', () => {
  const decision = present({ generation: 4 })
  assert.deepEqual(decision, {
    kind: 'recovered',
    next: {
      ...session,
      spent: 4,
      live: 6,
      spentAt: NOW,
      retryKeyHash: null,
      lastUsedAt: NOW,
      idleExpiresAt: NOW + IDLE,
    },
  })
  assert.ok(decision.kind === 'recovered')
  const row = decision.next
  assert.equal(present({ row, generation: 5 }).kind, 'reuse_detected')
  assert.equal(present({ row, generation: 6 }).kind, 'rotated')
  assert.equal(present({ row, generation: 4 }).kind, 'raced')
})

test('row 8: a key on either side, or the strict policy, turns it into row 9', () => {
  assert.equal(present({ generation: 4, key: 'q' }).kind, 'reuse_detected')
  assert.equal(present({ row: exchangedAgo(600, 'k'), generation: 4 }).kind, 'reuse_detected')
  assert.equal(
    present({ row: exchangedAgo(600, 'k'), generation: 4, key: 'q' }).kind,
    'reuse_detected',
  )
  assert.equal(present({ generation: 4, under: strict }).kind, 'reuse_detected')
})

test('row 9: every other generation is a copy, within the grace too', () => {
  for (const row of [exchangedAgo(0), exchangedAgo(GRACE), exchangedAgo(600)]) {
    for (const generation of [-1, 0, 1, 3, 6, 7, Number.MAX_SAFE_INTEGER]) {
      assert.deepEqual(present({ row, generation }), { kind: 'reuse_detected' })
    }
  }
})

test('row 9: before the first exchange there is no spent token; generation 0 is not one', () => {
  for (const under of [policy, strict]) {
    assert.equal(present({ row: fresh, generation: 0, under }).kind, 'reuse_detected')
  }
  assert.equal(present({ row: fresh, generation: 2 }).kind, 'reuse_detected')
})

test('the limit: without a key, a thief within the grace gets what a race gets', () => {
  const race = present({ row: exchangedAgo(GRACE), generation: 4 })
  const theft = present({ row: exchangedAgo(GRACE), generation: 4, key: 'a key of the thief' })
  assert.deepEqual(theft, race)
})

test('the decision leaves the row it was given as it was', () => {
  const frozen = Object.freeze({ ...exchangedAgo(600) })
  for (const generation of [3, 4, 5]) present({ row: frozen, generation })
  assert.deepEqual(frozen, exchangedAgo(600))
})
