import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, eventNames, newEvent, storeSession, storeUser } from '../rows.ts'

export function testLogoutNotices({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: an ended session is due until it is settled, and taken on by one at a time`, () =>
    withStores(async (stores) => {
      const { sessions, logoutNotices } = stores
      const user = await storeUser(stores)
      const mine = await storeSession(stores, user, { clientId: 'web' })
      const other = await storeSession(stores, user, { clientId: 'other' })
      await storeSession(stores, user, { clientId: 'web' })
      await sessions.end(mine.id, 'logout', at(5))
      await sessions.end(other.id, 'logout', at(5))
      const due = (now: number) => logoutNotices.listDue('web', NOW, at(now), 10)
      const [notice, ...more] = await due(6)
      assert.ok(notice)
      assert.deepEqual(notice, { sessionId: mine.id, userId: user.id, attempts: 0 })
      assert.deepEqual(more, [])
      assert.deepEqual(await logoutNotices.listDue('web', at(6), at(6), 10), [])

      const claims = await Promise.all(
        Array.from({ length: 5 }, () => logoutNotices.claim(notice, at(6), at(36))),
      )
      assert.equal(claims.filter(Boolean).length, 1)
      assert.deepEqual(await due(35), [])
      assert.deepEqual(await due(36), [{ ...notice, attempts: 1 }])
      assert.equal(await logoutNotices.claim(notice, at(36), at(66)), true)
      await logoutNotices.settle(mine.id, newEvent('client.logout_not_told'))
      assert.deepEqual(await due(100), [])
      assert.equal(await logoutNotices.claim(notice, at(100), at(130)), false)
      assert.ok((await eventNames(stores)).includes('client.logout_not_told'))

      assert.equal(await logoutNotices.forget(at(66), 10), 0)
      assert.equal(await logoutNotices.forget(at(67), 10), 1)
    }))
}
