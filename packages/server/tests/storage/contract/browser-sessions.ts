import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import type { BrowserSession, BrowserSessionStart } from '../../../src/domain/browser-session.ts'
import type { BrowserSessionId, UserId } from '../../../src/domain/ids.ts'
import type { Stores } from '../../../src/domain/ports.ts'
import type { User } from '../../../src/domain/user.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, newEvent, storeSession, storeUser } from '../rows.ts'

const ROUNDS = 10

function newBrowserSession(userId: UserId, changes: Partial<BrowserSession> = {}): BrowserSession {
  return {
    id: randomBytes(16).toString('base64url') as BrowserSessionId,
    userId,
    authenticatedAt: NOW,
    methods: ['pwd'],
    lastUsedAt: NOW,
    idleExpiresAt: at(100),
    absoluteExpiresAt: at(1000),
    deviceLabel: null,
    ipAddress: null,
    ...changes,
  }
}

function starting(
  session: BrowserSession,
  changes: Partial<BrowserSessionStart> = {},
): BrowserSessionStart {
  const secretHash = randomBytes(32).toString('base64url')
  return {
    session,
    secretHash,
    credentialVersion: 1,
    instead: null,
    events: [],
    counted: null,
    ...changes,
  }
}

export async function storeBrowserSession(
  { browserSessions }: Stores,
  { id }: User,
  changes: Partial<BrowserSession> = {},
) {
  const session = newBrowserSession(id, changes)
  const start = starting(session)
  assert.deepEqual(await browserSessions.start(start), [])
  return { session, secretHash: start.secretHash }
}

async function ends(stores: Stores): Promise<[string | null, unknown][]> {
  const events = await stores.events.list(0, 100)
  return events
    .filter(({ name }) => name === 'browser_session.ended')
    .map(({ userId, details }) => [userId, details])
}

export function testBrowserSessions({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: a browser session comes back by the hash of its secret, as it was stored`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const plain = await storeBrowserSession(stores, user)
      const full = await storeBrowserSession(stores, user, {
        authenticatedAt: at(-5),
        deviceLabel: "O'Browser 사파리",
        ipAddress: '2001:db8::1',
      })
      for (const { session, secretHash } of [plain, full]) {
        assert.deepEqual(await stores.browserSessions.findBySecretHash(secretHash), session)
      }
      assert.equal(await stores.browserSessions.findBySecretHash('nothing'), null)
    }))

  test(`${dialect}: a new sign-in of the same user makes the old secret worthless`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const first = await storeBrowserSession(stores, user)
      const again = { ...first.session, authenticatedAt: at(9), lastUsedAt: at(9) }
      const event = newEvent('browser_session.started', { userId: user.id })
      const second = starting(again, { events: [event] })
      assert.deepEqual(await stores.browserSessions.start(second), [])
      assert.equal(await stores.browserSessions.findBySecretHash(first.secretHash), null)
      assert.deepEqual(await stores.browserSessions.findBySecretHash(second.secretHash), again)
      assert.deepEqual(await ends(stores), [])
    }))

  test(`${dialect}: the identity of another user's session is never taken over`, () =>
    withStores(async (stores) => {
      const [mine, theirs] = [await storeUser(stores), await storeUser(stores)]
      const { session, secretHash } = await storeBrowserSession(stores, theirs)
      const stolen = starting(newBrowserSession(mine.id, { id: session.id }))
      assert.equal(await stores.browserSessions.start(stolen), null)
      assert.deepEqual(await stores.browserSessions.findBySecretHash(secretHash), session)
    }))

  test(`${dialect}: whoever signs in in the same browser ends the session of who was there`, () =>
    withStores(async (stores) => {
      const [before, now] = [await storeUser(stores), await storeUser(stores)]
      const { session: instead, secretHash } = await storeBrowserSession(stores, before)
      const app = await storeSession(stores, before, { browserSessionId: instead.id })
      const elsewhere = await storeSession(stores, before)
      const start = starting(newBrowserSession(now.id, { authenticatedAt: at(7) }), { instead })
      assert.deepEqual(await stores.browserSessions.start(start), [
        { kind: 'session', subject: app.id, at: at(7) },
      ])
      assert.equal(await stores.browserSessions.findBySecretHash(secretHash), null)
      assert.equal((await stores.sessions.find(app.id))?.endedReason, 'other_user')
      assert.equal((await stores.sessions.find(elsewhere.id))?.endedAt, null)
      const details = { browser_session_id: instead.id, reason: 'other_user' }
      assert.deepEqual(await ends(stores), [[before.id, details]])
    }))

  test(`${dialect}: one ends once, for its own user only, with what was started in it`, () =>
    withStores(async (stores) => {
      const [user, other] = [await storeUser(stores), await storeUser(stores)]
      const { session, secretHash } = await storeBrowserSession(stores, user)
      const app = await storeSession(stores, user, { browserSessionId: session.id })
      const { browserSessions } = stores
      assert.equal(await browserSessions.end(session.id, other.id, 'revoked_by_user', at(1)), null)
      const outcomes = await Promise.all(
        [1, 2, 3].map(() => browserSessions.end(session.id, user.id, 'logout', at(2))),
      )
      assert.deepEqual(
        outcomes.filter((ended) => ended !== null),
        [[{ kind: 'session', subject: app.id, at: at(2) }]],
      )
      assert.equal(await browserSessions.findBySecretHash(secretHash), null)
      assert.deepEqual(await ends(stores), [
        [user.id, { browser_session_id: session.id, reason: 'logout' }],
      ])
    }))

  test(`${dialect}: signing out everywhere and disabling end those of browsers too`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const first = await storeBrowserSession(stores, user)
      const foreign = await storeBrowserSession(stores, await storeUser(stores))
      await stores.sessions.endAllOfUser(user.id, 'logout_everywhere', at(1))
      const second = await storeBrowserSession(stores, user)
      await stores.users.disable(user.id, newEvent('user.disabled', { userId: user.id }))
      for (const { secretHash } of [first, second]) {
        assert.equal(await stores.browserSessions.findBySecretHash(secretHash), null)
      }
      assert.notEqual(await stores.browserSessions.findBySecretHash(foreign.secretHash), null)
      assert.deepEqual(await ends(stores), [
        [user.id, { browser_session_id: first.session.id, reason: 'logout_everywhere' }],
        [user.id, { browser_session_id: second.session.id, reason: 'user_disabled' }],
      ])
      assert.equal(await stores.browserSessions.start(starting(newBrowserSession(user.id))), null)
    }))

  test(`${dialect}: a new password ends all but the asking browser and what it started`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const kept = await storeBrowserSession(stores, user)
      const ended = await storeBrowserSession(stores, user)
      const keptApp = await storeSession(stores, user, { browserSessionId: kept.session.id })
      const apps = [
        await storeSession(stores, user, { browserSessionId: ended.session.id }),
        await storeSession(stores, user),
      ]
      const gone = await stores.users.changePassword({
        userId: user.id,
        credentialVersion: 1,
        passwordHash: '$argon2id$two',
        keep: null,
        keepBrowser: kept.session.id,
        event: { ...newEvent('user.password_changed', { userId: user.id }), at: at(3) },
      })
      assert.deepEqual(
        new Set(gone?.map(({ subject }) => subject)),
        new Set(apps.map(({ id }) => id)),
      )
      assert.equal((await stores.sessions.find(keptApp.id))?.endedAt, null)
      const { browserSessions } = stores
      assert.deepEqual(await browserSessions.findBySecretHash(kept.secretHash), kept.session)
      assert.equal(await browserSessions.findBySecretHash(ended.secretHash), null)
      // The old password proves nothing any more, for the kept browser either.
      assert.equal(await browserSessions.start(starting(kept.session)), null)
      assert.deepEqual(await browserSessions.findBySecretHash(kept.secretHash), kept.session)
    }))

  test(`${dialect}: none starts from an account that is disabled at the same moment`, () =>
    withStores(async (stores) => {
      for (let round = 0; round < ROUNDS; round++) {
        const user = await storeUser(stores)
        const startMore = async () => {
          while (
            (await stores.browserSessions.start(starting(newBrowserSession(user.id)))) !== null
          );
        }
        const running = Promise.all([startMore(), startMore(), startMore()])
        await stores.users.disable(user.id, newEvent('user.disabled'))
        await running
        assert.deepEqual(await stores.browserSessions.listOpenOfUser(user.id, NOW), [])
      }
    }))

  test(`${dialect}: a use is noted, and none revives what has ended`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const { session, secretHash } = await storeBrowserSession(stores, user)
      await stores.browserSessions.touch(session.id, at(50), at(150))
      assert.deepEqual(await stores.browserSessions.findBySecretHash(secretHash), {
        ...session,
        lastUsedAt: at(50),
        idleExpiresAt: at(150),
      })
      await stores.browserSessions.end(session.id, user.id, 'logout', at(60))
      await stores.browserSessions.touch(session.id, at(70), at(170))
      assert.equal(await stores.browserSessions.findBySecretHash(secretHash), null)
    }))

  test(`${dialect}: the open ones of a user are listed, newest use first; expired ones go`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const old = await storeBrowserSession(stores, user, { lastUsedAt: at(1) })
      const fresh = await storeBrowserSession(stores, user, { lastUsedAt: at(5) })
      const idle = await storeBrowserSession(stores, user, { idleExpiresAt: at(10) })
      await storeBrowserSession(stores, user, {
        idleExpiresAt: at(10),
        absoluteExpiresAt: at(10),
      })
      await storeBrowserSession(stores, await storeUser(stores))
      const listed = await stores.browserSessions.listOpenOfUser(user.id, at(10))
      assert.deepEqual(listed, [fresh.session, old.session])
      assert.equal(await stores.browserSessions.forget(at(10), 10), 0)
      assert.equal(await stores.browserSessions.forget(at(11), 1), 1)
      assert.equal(await stores.browserSessions.forget(at(11), 10), 1)
      assert.equal(await stores.browserSessions.findBySecretHash(idle.secretHash), null)
    }))
}
