import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Client } from 'pg'

import type { SessionId } from '../../src/domain/ids.ts'
import type { EndedSession, SessionStore } from '../../src/domain/ports.ts'
import type { Seconds, UnixSeconds } from '../../src/domain/time.ts'
import { createEndedSessions } from '../../src/events/ended-sessions.ts'
import { createTestClock } from '../test-mapae.ts'
import { claimsOf, me, millisecondsUntilRefused, useTwoNodes } from './two-nodes.ts'

const LIFETIME = 600 as Seconds
const twoNodes = useTwoNodes()

/** Ends that become visible when the test says so, and how far back each reading looked. */
function createScript() {
  const visible: EndedSession[] = []
  const lookedBackTo: number[] = []
  const clock = createTestClock()
  let rings = 0
  const store = {
    async endedSince(instant: UnixSeconds) {
      lookedBackTo.push(instant)
      return visible.filter(({ endedAt }) => endedAt >= instant)
    },
  } as SessionStore
  const bell = { ring: () => void rings++, onRing: () => async () => {} }
  const ended = createEndedSessions(store, bell, LIFETIME, clock)
  return {
    ended,
    clock,
    lookedBackTo,
    rings: () => rings,
    commit(id: string, endedAt: number) {
      visible.push({ sessionId: id as SessionId, endedAt: endedAt as UnixSeconds })
    },
    async readFor(seconds: number) {
      for (let passed = 0; passed < seconds; passed++) {
        clock.advance(1)
        await ended.catchUp()
      }
    },
  }
}

const has = ({ ended }: ReturnType<typeof createScript>, id: string) => ended.has(id as SessionId)

test('an end that commits late is found at the next reading, later ones within ten seconds', async () => {
  for (const { lateSeconds, withinSeconds } of [
    { lateSeconds: 0, withinSeconds: 1 },
    { lateSeconds: 5, withinSeconds: 1 },
    { lateSeconds: 9, withinSeconds: 1 },
    { lateSeconds: 30, withinSeconds: 10 },
    { lateSeconds: 300, withinSeconds: 10 },
  ]) {
    for (const phase of [0, 4, 9]) {
      const script = createScript()
      await script.readFor(20 + phase)
      const endedAt = script.clock.seconds()
      await script.readFor(lateSeconds)
      script.commit('late', endedAt)
      await script.readFor(withinSeconds)
      assert.ok(has(script, 'late'), `${lateSeconds} s late, phase ${phase}`)
    }
  }
})

test('an end is found although the clock of the node that ended it is behind or ahead', async () => {
  for (const apartSeconds of [-5, 5]) {
    const script = createScript()
    await script.readFor(25)
    script.commit('elsewhere', script.clock.seconds() + apartSeconds)
    await script.readFor(1)
    assert.ok(has(script, 'elsewhere'))
  }
})

test('most readings look back ten seconds, and none further than tokens live', async () => {
  const script = createScript()
  await script.readFor(1000)
  const first = script.clock.seconds() - 999
  const reaches = script.lookedBackTo.map((instant, index) => first + index - instant)
  assert.equal(reaches.filter((reach) => reach > 11).length, 100)
  assert.equal(Math.max(...reaches), LIFETIME + 60)
})

test('an end is remembered until no token of its session can be alive, then forgotten', async () => {
  const script = createScript()
  const endedAt = script.clock.seconds()
  script.ended.add([{ sessionId: 'own' as SessionId, endedAt }])
  await script.readFor(LIFETIME + 60)
  assert.ok(has(script, 'own'))
  await script.readFor(1)
  assert.ok(!has(script, 'own'))
})

test('others are told of what ended here, and not of what was read or of nothing', async () => {
  const script = createScript()
  script.commit('elsewhere', script.clock.seconds())
  await script.readFor(1)
  script.ended.add([])
  assert.equal(script.rings(), 0)
  script.ended.add([{ sessionId: 'own' as SessionId, endedAt: script.clock.seconds() }])
  assert.equal(script.rings(), 1)
})

for (const { lateSeconds, thenSeconds } of [
  { lateSeconds: 8, thenSeconds: 0 },
  { lateSeconds: 30, thenSeconds: 10 },
]) {
  test(`PostgreSQL: an end that commits ${lateSeconds} s late is seen, with no ring`, async () => {
    const { nodes, databaseUrl, advance } = twoNodes()
    const tokens = await nodes[0].signUp(`late-${lateSeconds}`)
    const slow = new Client({ connectionString: databaseUrl })
    await slow.connect()
    await slow.query('BEGIN')
    await slow.query(`UPDATE sessions SET ended_at = $1, ended_reason = 'logout' WHERE id = $2`, [
      nodes[0].clock.seconds(),
      claimsOf(tokens.access_token).sid,
    ])
    // Both nodes go on reading past the instant that the row carries.
    for (let part = 0; part < 4; part++) {
      advance(lateSeconds / 4)
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    for (const node of nodes) assert.equal((await me(node, tokens)).status, 200)
    await slow.query('COMMIT')
    await slow.end()
    advance(thenSeconds)
    for (const node of nodes) await millisecondsUntilRefused(node, tokens, 1000)
  })
}
