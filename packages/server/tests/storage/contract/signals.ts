import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { SessionId } from '../../../src/domain/ids.ts'
import type { Stores } from '../../../src/domain/ports.ts'
import { NOW, type TestEngine } from '../engines.ts'
import { at, storeSession, storeUser } from '../rows.ts'

const RECEIVER = 'web'

/** Sessions that ended one second after another, beginning at the instant. */
async function endSessions(stores: Stores, count: number, from = 0): Promise<SessionId[]> {
  const user = await storeUser(stores)
  const ids: SessionId[] = []
  for (let index = 0; index < count; index++) {
    const { id } = await storeSession(stores, user)
    await stores.sessions.end(id, 'logout', at(from + index))
    ids.push(id)
  }
  return ids
}

const idsOf = async ({ signals }: Stores, since = NOW, limit = 100, receiver = RECEIVER) =>
  (await signals.pending(receiver, since, limit)).map(({ sessionId }) => sessionId)

export function testSignals({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: a new receiver is told from now on, and the instant stays`, () =>
    withStores(async ({ signals }) => {
      const told = await Promise.all([1, 2, 3].map(() => signals.toldSince(RECEIVER, at(5))))
      assert.deepEqual(told, [at(5), at(5), at(5)])
      assert.equal(await signals.toldSince(RECEIVER, at(50)), at(5))
      assert.equal(await signals.toldSince('other', at(50)), at(50))
    }))

  test(`${dialect}: ends are pending, oldest first, until this receiver has acknowledged them`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      await storeSession(stores, user)
      const ids = await endSessions(stores, 4)
      const [first] = await stores.signals.pending(RECEIVER, NOW, 1)
      assert.deepEqual(first, { ...first, sessionId: ids[0], at: NOW, reason: 'logout' })
      assert.deepEqual(await idsOf(stores), ids)
      assert.deepEqual(await idsOf(stores, at(2)), ids.slice(2))
      assert.deepEqual(await idsOf(stores, NOW, 2), ids.slice(0, 2))
      await stores.signals.acknowledge(RECEIVER, [ids[2]!, ids[0]!, ids[0]!])
      assert.deepEqual(await idsOf(stores), [ids[1], ids[3]])
      assert.deepEqual(await idsOf(stores, NOW, 100, 'other'), ids)
    }))

  test(`${dialect}: of sessions that are open or unknown nothing is acknowledged`, () =>
    withStores(async (stores) => {
      const open = await storeSession(stores, await storeUser(stores))
      const unknown = 'A'.repeat(22) as SessionId
      await stores.signals.acknowledge(RECEIVER, [open.id, unknown])
      await stores.sessions.end(open.id, 'logout', at(1))
      assert.deepEqual(await idsOf(stores), [open.id])
    }))

  test(`${dialect}: what is settled is forgotten, and what is told since never goes back`, () =>
    withStores(async (stores) => {
      const ids = await endSessions(stores, 4)
      await stores.signals.toldSince(RECEIVER, NOW)
      await stores.signals.acknowledge(RECEIVER, ids.slice(0, 3))
      await stores.signals.settle(RECEIVER, at(2))
      assert.equal(await stores.signals.toldSince(RECEIVER, NOW), at(2))
      // Nothing is remembered of the first two, and of the third it is.
      assert.deepEqual(await idsOf(stores), [ids[0], ids[1], ids[3]])
      await stores.signals.settle(RECEIVER, at(1))
      assert.equal(await stores.signals.toldSince(RECEIVER, NOW), at(2))
    }))

  test(`${dialect}: two requests that acknowledge the same at once both succeed`, () =>
    withStores(async (stores) => {
      const ids = await endSessions(stores, 30)
      const orders = [ids, ids.toReversed(), ids]
      await Promise.all(orders.map((order) => stores.signals.acknowledge(RECEIVER, order)))
      assert.deepEqual(await idsOf(stores), [])
    }))
}
