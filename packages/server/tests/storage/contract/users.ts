import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { SessionId } from '../../../src/domain/ids.ts'
import type { Stores } from '../../../src/domain/ports.ts'
import type { User } from '../../../src/domain/user.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import {
  at,
  eventNames,
  newEvent,
  newSession,
  newUser,
  startOf,
  storeSession,
  storeUser,
} from '../rows.ts'

export function testUsers({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: a user comes back as it was stored, by id and by key`, () =>
    withStores(async (stores) => {
      const plain = await storeUser(stores)
      const full = await storeUser(stores, {
        username: '홍길동 🐎',
        usernameKey: '홍길동 🐎',
        email: "o'brien@example.com",
        credentialVersion: 7,
        disabledAt: at(5),
        previouslyDisabledAt: at(4),
        isDemo: true,
      })
      for (const user of [plain, full]) {
        assert.deepEqual(await stores.users.find(user.id), user)
        assert.deepEqual(await stores.users.findByUsernameKey(user.usernameKey), user)
      }
      assert.equal(await stores.users.findByUsernameKey('nobody'), null)
      assert.equal(await stores.users.find(newUser().id), null)
      assert.deepEqual(await eventNames(stores), ['user.created', 'user.created'])
    }))

  test(`${dialect}: a name inserted by many at once is stored once, with one event`, () =>
    withStores(async (stores) => {
      const inserted = await Promise.all(
        Array.from({ length: 20 }, () => {
          const user = newUser({ usernameKey: 'mina' })
          return stores.users.insert(user, newEvent('user.created', { userId: user.id }))
        }),
      )
      assert.equal(inserted.filter(Boolean).length, 1)
      assert.deepEqual(await eventNames(stores), ['user.created'])
      const stored = await stores.users.findByUsernameKey('mina')
      const [event] = await stores.events.list(0, 10)
      assert.equal(event?.userId, stored?.id)
    }))

  test(`${dialect}: keys that differ in anything are different names`, () =>
    withStores(async (stores) => {
      const keys = ['resume', 'Resume', 'résumé', 're\u0301sume\u0301', 'resume ', 'resu-me', 'ａ']
      for (const usernameKey of keys) await storeUser(stores, { usernameKey })
      for (const usernameKey of keys) {
        const found = await stores.users.findByUsernameKey(usernameKey)
        assert.equal(found?.usernameKey, usernameKey)
      }
    }))

  test(`${dialect}: users are listed page by page in the order of their keys' bytes`, () =>
    withStores(async (stores) => {
      const keys = ['B', 'Z', '_', 'a', 'b-c', 'bA', 'b_c', 'ba', 'é', '가', '나', '🐎']
      for (const usernameKey of keys.toReversed()) await storeUser(stores, { usernameKey })
      const listed: string[] = []
      for (;;) {
        const page = await stores.users.list(listed.at(-1) ?? '', 5)
        if (page.length === 0) break
        listed.push(...page.map(({ usernameKey }) => usernameKey))
      }
      assert.deepEqual(listed, keys)
    }))

  test(`${dialect}: a hash is renewed only from the one that was read`, () =>
    withStores(async (stores) => {
      const { id, passwordHash } = await storeUser(stores)
      assert.equal(await stores.users.rehash(id, passwordHash, '$argon2id$two'), true)
      assert.equal(await stores.users.rehash(id, passwordHash, '$argon2id$three'), false)
      const stored = await stores.users.find(id)
      assert.equal(stored?.passwordHash, '$argon2id$two')
      assert.equal(stored?.credentialVersion, 1)
    }))

  test(`${dialect}: a new password ends all other sessions; one of two at once wins`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const kept = await storeSession(stores, user)
      const others = [await storeSession(stores, user), await storeSession(stores, user)]
      const foreign = await storeSession(stores, await storeUser(stores))
      const change = (passwordHash: string) =>
        stores.users.changePassword({
          userId: user.id,
          credentialVersion: 1,
          passwordHash,
          keep: kept.id,
          keepBrowser: null,
          event: { ...newEvent('user.password_changed', { userId: user.id }), at: at(9) },
        })
      const outcomes = await Promise.all([change('$argon2id$two'), change('$argon2id$three')])
      const won = outcomes.find((ended) => ended !== null)!
      assert.equal(outcomes.filter((ended) => ended === null).length, 1)
      assert.deepEqual(
        new Set(won.map(({ subject }) => subject)),
        new Set(others.map(({ id }) => id)),
      )
      assert.ok(won.every((one) => one.kind === 'session' && one.at === at(9)))
      assert.equal((await stores.users.find(user.id))?.credentialVersion, 2)
      for (const { id } of [kept, foreign]) {
        assert.equal((await stores.sessions.find(id))?.endedAt, null)
      }
      const names = (await eventNames(stores)).slice(-3)
      assert.deepEqual(names, ['user.password_changed', 'session.revoked', 'session.revoked'])
    }))

  test(`${dialect}: a disabled account loses its sessions, its password change and new sign-ins`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const session = await storeSession(stores, user)
      const event = { ...newEvent('user.disabled', { userId: user.id }), at: at(3) }
      const ended = await stores.users.disable(user.id, event)
      assert.deepEqual(ended, [
        { kind: 'session', subject: session.id, at: at(3) },
        { kind: 'user', subject: user.id, at: at(3) },
      ])
      assert.equal(await stores.users.disable(user.id, event), null)
      const stored = (await stores.sessions.find(session.id))!
      assert.equal(stored.endedAt, at(3))
      assert.equal(stored.endedReason, 'user_disabled')
      const change = {
        userId: user.id,
        credentialVersion: 2,
        passwordHash: 'x',
        keep: null,
        keepBrowser: null,
        event,
      }
      assert.equal(await stores.users.changePassword(change), null)
      assert.equal(
        await stores.sessions.start(startOf(newSession(user.id), { credentialVersion: 2 })),
        false,
      )
      const unknown = 'A'.repeat(22) as SessionId & typeof user.id
      assert.equal(await stores.users.disable(unknown, event), null)
    }))

  test(`${dialect}: an account that is enabled again signs in, and nothing that ended comes back`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const session = await storeSession(stores, user)
      const enabling = { ...newEvent('user.enabled', { userId: user.id }), at: at(4) }
      assert.equal(await stores.users.enable(user.id, enabling), false)
      await stores.users.disable(user.id, { ...newEvent('user.disabled'), at: at(3) })
      const outcomes = await Promise.all([1, 2].map(() => stores.users.enable(user.id, enabling)))
      assert.equal(outcomes.filter(Boolean).length, 1)
      assert.equal(await stores.users.enable(newUser().id, enabling), false)
      assert.equal((await eventNames(stores)).filter((name) => name === 'user.enabled').length, 1)

      const { disabledAt, previouslyDisabledAt } = (await stores.users.find(user.id))!
      assert.deepEqual([disabledAt, previouslyDisabledAt], [null, at(3)])
      assert.equal((await stores.sessions.find(session.id))?.endedAt, at(3))
      const start = (credentialVersion: number) =>
        stores.sessions.start(startOf(newSession(user.id), { credentialVersion }))
      assert.deepEqual([await start(1), await start(2)], [false, true])
    }))

  test(`${dialect}: no session starts from an account that is disabled at the same moment`, () =>
    withStores(async (stores) => {
      for (let round = 0; round < ROUNDS; round++) {
        const user = await storeUser(stores)
        const starting = startUntilRefused(stores, user)
        const ended = await stores.users.disable(user.id, newEvent('user.disabled'))
        const sessions = ended?.filter(({ kind }) => kind === 'session')
        assert.equal(sessions?.length, await starting, 'every session that started was ended')
        assert.deepEqual(await stores.sessions.listOpenOfUser(user.id, NOW), [])
      }
    }))

  test(`${dialect}: no session starts with a password that is replaced at the same moment`, () =>
    withStores(async (stores) => {
      for (let round = 0; round < ROUNDS; round++) {
        const user = await storeUser(stores)
        const starting = startUntilRefused(stores, user)
        const ended = await stores.users.changePassword({
          userId: user.id,
          credentialVersion: 1,
          passwordHash: '$argon2id$two',
          keep: null,
          keepBrowser: null,
          event: newEvent('user.password_changed', { userId: user.id }),
        })
        assert.equal(ended?.length, await starting)
        assert.deepEqual(await stores.sessions.listOpenOfUser(user.id, NOW), [])
        assert.equal(
          await stores.sessions.start(startOf(newSession(user.id), { credentialVersion: 2 })),
          true,
        )
      }
    }))
}

const ROUNDS = 10
const STARTERS = 6

/** Starts sessions without a pause, several at a time; how many there were. */
async function startUntilRefused({ sessions }: Stores, { id }: User): Promise<number> {
  let started = 0
  async function startMore(): Promise<void> {
    while (await sessions.start(startOf(newSession(id)))) started++
  }
  await Promise.all(Array.from({ length: STARTERS }, startMore))
  return started
}
