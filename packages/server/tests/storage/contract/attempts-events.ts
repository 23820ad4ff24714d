import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openStores } from '../../../src/storage/open-stores.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, newEvent, storeUser } from '../rows.ts'

export function testAttempts({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: 200 attempts at once are counted exactly, each with its own count`, () =>
    withStores(async ({ attempts }) => {
      const windows = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          // In both orders: two callers must not wait for each other.
          index % 2 === 0
            ? attempts.count(['account mina', 'address 192.0.2.1'], NOW)
            : attempts.count(['address 192.0.2.1', 'account mina'], NOW),
        ),
      )
      const counts = windows.map(([first]) => first!.attempts).toSorted((a, b) => a - b)
      assert.deepEqual(
        counts,
        Array.from({ length: 200 }, (_, index) => index + 1),
      )
      const [account, address] = await attempts.count(['account mina', 'address 192.0.2.1'], NOW)
      assert.deepEqual(account, { attempts: 201, endsAt: at(60) })
      assert.deepEqual(address, { attempts: 201, endsAt: at(60) })
    }))

  test(`${dialect}: windows begin with their first attempt, end after a minute, refunds count back`, () =>
    withStores(async ({ attempts }) => {
      await attempts.count(['b'], NOW)
      const both = await attempts.count(['b', 'a'], at(59))
      assert.deepEqual(both, [
        { attempts: 2, endsAt: at(60) },
        { attempts: 1, endsAt: at(119) },
      ])
      await attempts.refund(['a', 'b'], at(59))
      await attempts.refund(['a'], at(59))
      assert.deepEqual(await attempts.count(['a'], at(59)), [{ attempts: 1, endsAt: at(119) }])
      assert.deepEqual(await attempts.count(['b'], at(60)), [{ attempts: 1, endsAt: at(120) }])
      await attempts.refund(['b'], at(120))
      // An attempt of the window before this one is not this one's to give back.
      await attempts.refund(['b'], at(59))
      assert.deepEqual(await attempts.count(['b'], at(119)), [{ attempts: 2, endsAt: at(120) }])
    }))
}

export function testEvents({ dialect, createDatabase, withStores }: TestEngine): void {
  test(`${dialect}: events come back as they were, in order, page by page`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const event = {
        ...newEvent('login.failed'),
        ipAddress: '::1',
        details: { reason: 'wrong "password"', tries: 3, known: false, name: '한국 \u0000 \\' },
      }
      for (let count = 0; count < 5; count++) await stores.events.append(event)
      const all = await stores.events.list(0, 100)
      assert.deepEqual(
        all.map(({ name }) => name),
        ['user.created', ...Array<string>(5).fill('login.failed')],
      )
      assert.equal(all[0]!.userId, user.id)
      assert.deepEqual(all[1], { ...event, sequence: all[1]!.sequence })
      assert.ok(
        all.every(({ sequence }, index) => index === 0 || sequence > all[index - 1]!.sequence),
      )
      assert.deepEqual(await stores.events.list(all[1].sequence, 2), all.slice(2, 4))
      assert.deepEqual(await stores.events.newest(2), all.slice(-2))
    }))

  test(`${dialect}: ping answers; what is closed fails as a database that is away`, async () => {
    const stores = await openStores(await createDatabase(), 'apply', NOW)
    await stores.ping()
    await stores.close()
    for (const call of [
      () => stores.ping(),
      () => stores.events.append(newEvent('login.failed')),
    ]) {
      await assert.rejects(call, { code: 'storage_unavailable' })
    }
  })
}
