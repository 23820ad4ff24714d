import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { SessionId } from '../../../src/domain/ids.ts'
import type { Stores } from '../../../src/domain/ports.ts'
import type { Seconds } from '../../../src/domain/time.ts'
import { createHousekeeping } from '../../../src/storage/housekeeping.ts'
import { createTestClock } from '../../test-mapae.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { advanced, at, newEvent, storeSession, storeUser } from '../rows.ts'

const RETENTION = (2 * 86_400) as Seconds

export function testHousekeeping({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: sessions are forgotten step by step, only those over before the instant`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const kept = [
        await storeSession(stores, user),
        await storeSession(stores, user, { idleExpiresAt: at(10) }),
        await storeSession(stores, user),
      ]
      await stores.sessions.end(kept[2]!.id, 'logout', at(10))
      const over = [
        await storeSession(stores, user, { idleExpiresAt: at(9) }),
        await storeSession(stores, user, { absoluteExpiresAt: at(9) }),
        await storeSession(stores, user),
      ]
      await stores.sessions.end(over[2]!.id, 'logout', at(9))

      const steps: (SessionId | null)[] = []
      for (let after: SessionId | null = null; ;) {
        after = await stores.sessions.forget(after, at(10), 2)
        steps.push(after)
        if (after === null) break
      }
      const ids = [...kept, ...over].map(({ id }) => id).toSorted()
      assert.deepEqual(steps, [ids[1], ids[3], ids[5], null])
      for (const { id } of kept) assert.equal((await stores.sessions.find(id))?.id, id)
      for (const { id } of over) assert.equal(await stores.sessions.find(id), null)
    }))

  test(`${dialect}: a session that is refreshed meanwhile is either kept or gone as a whole`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      for (let round = 0; round < 10; round++) {
        const session = await storeSession(stores, user, { idleExpiresAt: at(5) })
        const next = advanced(session, { idleExpiresAt: at(1000) })
        const [isAdvanced] = await Promise.all([
          stores.sessions.advance(session, next, newEvent('token.refreshed')),
          stores.sessions.forget(null, at(10), 100),
        ])
        assert.deepEqual(await stores.sessions.find(session.id), isAdvanced ? next : null)
      }
    }))

  test(`${dialect}: old events go from the oldest on, a bounded number at a time`, () =>
    withStores(async ({ events }) => {
      for (const second of [1, 2, 3, 4, 5]) {
        await events.append({ ...newEvent('login.failed'), at: at(second) })
      }
      assert.equal(await events.forget(at(4), 2), 2)
      assert.equal(await events.forget(at(4), 2), 1)
      assert.equal(await events.forget(at(4), 2), 0)
      assert.deepEqual(
        (await events.list(0, 10)).map((event) => event.at),
        [at(4), at(5)],
      )
    }))

  test(`${dialect}: attempts are forgotten when their window is over, never while it runs`, () =>
    withStores(async ({ attempts }) => {
      for (const key of ['a', 'b', 'c']) await attempts.count(key, NOW)
      await attempts.count('d', at(30))
      assert.equal(await attempts.forget(at(59), 10), 0)
      assert.equal(await attempts.forget(at(60), 2), 2)
      assert.equal(await attempts.forget(at(60), 2), 1)
      assert.equal((await attempts.count('d', at(60))).attempts, 2)
    }))

  test(`${dialect}: attempts counted while old windows are forgotten are not lost`, () =>
    withStores(async ({ attempts }) => {
      const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`)
      for (const key of keys) await attempts.count(key, NOW)
      await Promise.all([
        ...keys.map((key) => attempts.count(key, at(60))),
        attempts.forget(at(60), 100),
        attempts.forget(at(60), 100),
      ])
      for (const key of keys) {
        assert.equal((await attempts.count(key, at(61))).attempts, 2)
      }
    }))

  test(`${dialect}: a run deletes what is over, two nodes do it at once, and nothing else goes`, () =>
    withStores(async (stores) => {
      const clock = createTestClock(NOW)
      const user = await storeUser(stores)
      const open = await storeSession(stores, user)
      await fillWithOldRows(stores)
      clock.advance(RETENTION + 100)
      await stores.events.append({ ...newEvent('login.succeeded'), at: clock.seconds() })
      await stores.attempts.count('now', clock.seconds())

      const nodes = [1, 2].map(() =>
        createHousekeeping(stores, RETENTION, clock, () => Promise.resolve()),
      )
      await Promise.all(nodes.map((run) => run(new AbortController().signal)))
      assert.deepEqual(
        (await stores.events.list(0, 10)).map(({ name }) => name),
        ['login.succeeded'],
      )
      assert.equal((await stores.sessions.find(open.id))?.id, open.id)
      assert.deepEqual(await stores.revocations.since(NOW), [])
      assert.equal(await stores.attempts.forget(clock.seconds(), 10), 0)
      assert.equal((await stores.attempts.count('now', clock.seconds())).attempts, 2)
    }))

  test(`${dialect}: a run that is stopped ends after its step`, () =>
    withStores(async (stores) => {
      await fillWithOldRows(stores)
      const clock = createTestClock(NOW + RETENTION + 100)
      const stopping = new AbortController()
      const run = createHousekeeping(stores, RETENTION, clock, async () => stopping.abort())
      await run(stopping.signal)
      assert.ok((await stores.events.list(0, 10)).length > 0)
    }))
}

/** More rows of each kind than one step deletes. */
async function fillWithOldRows(stores: Stores): Promise<void> {
  const user = await storeUser(stores)
  for (let count = 0; count < 3; count++) await storeSession(stores, user)
  await stores.sessions.endAllOfUser(user.id, 'logout', at(1))
  const rows = Array.from({ length: 600 }, (_, index) => index)
  await Promise.all(rows.map(() => stores.events.append(newEvent('login.failed'))))
  await Promise.all(rows.map((index) => stores.attempts.count(`key ${index}`, NOW)))
}
