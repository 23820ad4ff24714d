import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { LiveExchange, Stores } from '../../../src/domain/ports.ts'
import type { Session } from '../../../src/domain/session.ts'
import type { Seconds, UnixSeconds } from '../../../src/domain/time.ts'
import type { User } from '../../../src/domain/user.ts'
import { decideRotation, exchangeOfLive } from '../../../src/sessions/rotation.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, eventNames, newEvent, storeSession, storeUser } from '../rows.ts'

const POLICY = {
  graceSeconds: 10 as Seconds,
  idleSeconds: 1000 as Seconds,
  lostResponse: 'recover',
} as const

/** Everything that could matter to whether a presented generation is exchanged. */
interface State {
  readonly live: number
  readonly spent: number
  readonly generation: number
  readonly endedAt: UnixSeconds | null
  readonly idleExpiresAt: UnixSeconds
  readonly absoluteExpiresAt: UnixSeconds
  readonly retryKeyHash: string | null
  readonly dpopKeyThumbprint: string | null
}

/** Every combination, and with it different values of what must not matter. */
function allStates(): State[] {
  const instants = [at(-1), NOW, at(1), at(2000)]
  return [1, 3]
    .flatMap((live) => [0, 1, 2, 3, 4].map((generation) => ({ live, generation })))
    .flatMap((state) => [null, at(-5), at(5)].map((endedAt) => ({ ...state, endedAt })))
    .flatMap((state) => instants.map((idleExpiresAt) => ({ ...state, idleExpiresAt })))
    .flatMap((state) =>
      [...instants, at(500)].map((absoluteExpiresAt) => ({ ...state, absoluteExpiresAt })),
    )
    .map((state, index) => ({
      ...state,
      spent: [0, state.live - 1, state.live][index % 3]!,
      retryKeyHash: index % 2 === 0 ? null : 'key "hash" {,} \\',
      dpopKeyThumbprint: index % 7 < 4 ? null : 'of a device',
    }))
}

interface Case {
  readonly session: Session
  readonly exchange: LiveExchange
  /** The session as the rules want it, or null when they do not exchange. */
  readonly expected: Session | null
}

async function storeCase(stores: Stores, user: User, state: State): Promise<Case> {
  const { generation, retryKeyHash, endedAt, ...columns } = state
  const { id } = await storeSession(stores, user, columns)
  if (endedAt !== null) await stores.sessions.end(id, 'logout', endedAt)
  const session = (await stores.sessions.find(id))!
  // Whether the key is the right one is known before the database is asked.
  const presented = { generation, retryKeyHash, dpopKeyThumbprint: state.dpopKeyThumbprint }
  const decision = decideRotation(session, presented, POLICY, NOW)
  const event = newEvent('token.refreshed', { sessionId: id })
  return {
    session,
    exchange: { ...exchangeOfLive(id, presented, POLICY, NOW), event },
    expected: decision.kind === 'rotated' ? decision.next : null,
  }
}

async function assertAsExpected(stores: Stores, one: Case, rotated: Session | null): Promise<void> {
  const { session, exchange, expected } = one
  const about = JSON.stringify({ session, exchange })
  assert.deepEqual(rotated, expected, about)
  assert.deepEqual(await stores.sessions.find(session.id), expected ?? session, about)
}

export function testRotation({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: rotateLive does what decideRotation calls rotated, in every state`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const cases = await Promise.all(allStates().map((state) => storeCase(stores, user, state)))
      const exchanged = cases.filter(({ expected }) => expected !== null).length
      assert.ok(exchanged > 5 && exchanged < cases.length / 2, `${exchanged} of ${cases.length}`)

      const [together, alone] = [
        cases.filter((_, index) => index % 4 !== 0),
        cases.filter((_, index) => index % 4 === 0),
      ]
      const results = await Promise.all(
        together.map(({ exchange }) => stores.sessions.rotateLive(exchange)),
      )
      for (const [index, one] of together.entries()) {
        await assertAsExpected(stores, one, results[index]!)
      }
      for (const one of alone) {
        await assertAsExpected(stores, one, await stores.sessions.rotateLive(one.exchange))
      }
      const refreshed = (await stores.events.list(0, 100_000)).filter(
        ({ name }) => name === 'token.refreshed',
      )
      assert.equal(refreshed.length, exchanged, 'one event for each exchange')
      assert.ok(refreshed.every(({ userId }) => userId === user.id))
    }))

  test(`${dialect}: of many exchanges of one generation exactly one wins`, () =>
    withStores(async (stores) => {
      const session = await storeSession(stores, await storeUser(stores))
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) => {
          const presented = { generation: 1, retryKeyHash: `key ${index}` }
          const exchange = exchangeOfLive(session.id, presented, POLICY, NOW)
          return stores.sessions.rotateLive({ ...exchange, event: newEvent('token.refreshed') })
        }),
      )
      const won = outcomes.filter((outcome) => outcome !== null)
      assert.equal(won.length, 1)
      assert.deepEqual(await stores.sessions.find(session.id), won[0])
      const names = await eventNames(stores)
      assert.equal(names.filter((name) => name === 'token.refreshed').length, 1)
    }))

  test(`${dialect}: exchanges while sessions end: what ended stays ended and is never answered later`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      for (let round = 0; round < 5; round++) {
        const sessions: Session[] = []
        for (let count = 0; count < 10; count++) sessions.push(await storeSession(stores, user))
        const rotate = ({ id }: Session) => {
          const presented = { generation: 1, retryKeyHash: null }
          const event = { ...newEvent('token.refreshed'), ipAddress: '::1', details: { a: '{"}' } }
          return stores.sessions.rotateLive({
            ...exchangeOfLive(id, presented, POLICY, NOW),
            event,
          })
        }
        const [rotated] = await Promise.all([
          Promise.all(sessions.map(rotate)),
          stores.sessions.endAllOfUser(user.id, 'logout_everywhere', at(1)),
        ])
        for (const [index, { id }] of sessions.entries()) {
          const stored = (await stores.sessions.find(id))!
          assert.equal(stored.endedAt, at(1))
          assert.equal(stored.live, rotated[index] === null ? 1 : 2)
        }
        assert.deepEqual(await Promise.all(sessions.map(rotate)), Array(10).fill(null))
      }
    }))
}
