import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AttemptWindow, SignInAttempt } from '../../../src/domain/ports.ts'
import type { User } from '../../../src/domain/user.ts'
import { openStores } from '../../../src/storage/open-stores.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, newEvent, newSession, startOf, storeSession, storeUser } from '../rows.ts'

const ADDRESS = '192.0.2.1'

function attempt(changes: Partial<SignInAttempt> = {}): SignInAttempt {
  return {
    usernameKey: 'nobody',
    network: ADDRESS,
    accountKey: 'account',
    accountKeyAtKnownAddress: 'account, known address',
    addressKey: 'address',
    at: NOW,
    ...changes,
  }
}

const turns = (windows: readonly (AttemptWindow | null)[]) =>
  windows.map((window) => window?.attempts).toSorted((a, b) => a! - b!)
const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

export function testAttempts(engine: TestEngine): void {
  testCounts(engine)
  testRefunds(engine)
}

function testCounts({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: 200 sign-ins at once are counted exactly, each with its own count`, () =>
    withStores(async ({ attempts }) => {
      const counted = await Promise.all(
        oneTo(200).map((index) =>
          // Keys in both orders: two callers must not wait for each other.
          index % 2 === 0
            ? attempts.countSignIn(attempt({ accountKey: 'a', addressKey: 'z' }))
            : attempts.countSignIn(attempt({ accountKey: 'z', addressKey: 'a' })),
        ),
      )
      const windows = counted.flatMap(({ account, address }) => [account, address])
      for (const key of ['a', 'z']) {
        assert.deepEqual(turns(windows.filter((window) => window?.key === key)), oneTo(200))
        const window = { key, attempts: 201, startedAt: NOW, endsAt: at(60) }
        assert.deepEqual(await attempts.count(key, NOW), window)
      }
    }))

  test(`${dialect}: many accounts from one address at once, each counted as its own and as one`, () =>
    withStores(async ({ attempts }) => {
      const keys = oneTo(40).map((index) => `account ${index}`)
      const counted = await Promise.all(
        keys.map((accountKey) => attempts.countSignIn(attempt({ accountKey }))),
      )
      assert.deepEqual(
        counted.map(({ account }) => [account.key, account.attempts]),
        keys.map((key) => [key, 1]),
      )
      assert.deepEqual(turns(counted.map(({ address }) => address)), oneTo(40))
    }))

  test(`${dialect}: a count finds the user, disabled or not, and tells known addresses apart`, () =>
    withStores(async (stores) => {
      const mina = await storeUser(stores)
      const gone = await storeUser(stores)
      const modern = await storeUser(stores)
      await storeSession(stores, modern, { ipAddress: '2001:db8:1:2:3::4' })
      await storeSession(stores, mina, { ipAddress: ADDRESS })
      const ended = await storeSession(stores, gone, { ipAddress: ADDRESS })
      await stores.sessions.end(ended.id, 'logout', NOW)
      await stores.users.disable(gone.id, newEvent('user.disabled'))
      const count = (changes: Partial<SignInAttempt>) =>
        stores.attempts.countSignIn(attempt(changes))
      const [known, elsewhere, nowhere, disabled, unknown, impossible, near, far] =
        await Promise.all([
          count({ usernameKey: mina.usernameKey }),
          count({ usernameKey: mina.usernameKey, network: '192.0.2.2' }),
          count({ usernameKey: mina.usernameKey, network: null, addressKey: null }),
          count({ usernameKey: gone.usernameKey }),
          count({ usernameKey: 'nobody' }),
          count({ usernameKey: null }),
          count({ usernameKey: modern.usernameKey, network: '2001:db8:1:2::/64' }),
          count({ usernameKey: modern.usernameKey, network: '2001:db8:1:3::/64' }),
        ])
      for (const { user } of [known, elsewhere, nowhere]) assert.deepEqual(user, mina)
      assert.deepEqual(disabled.user, { ...gone, credentialVersion: 2, disabledAt: NOW })
      assert.equal(unknown.user, null)
      assert.equal(impossible.user, null)
      assert.deepEqual(
        [known, elsewhere, nowhere, disabled, unknown, impossible, near, far].map(
          ({ account }) => account.key === 'account, known address',
        ),
        [true, false, false, true, false, false, true, false],
      )
      assert.equal(nowhere.address, null)
    }))
}

function testRefunds({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: windows begin with their first attempt, end after a minute, refunds count back`, () =>
    withStores(async ({ attempts }) => {
      await attempts.count('address', NOW)
      const first = await attempts.countSignIn(attempt({ at: at(59) }))
      assert.deepEqual(first.address, {
        key: 'address',
        attempts: 2,
        startedAt: NOW,
        endsAt: at(60),
      })
      assert.deepEqual(first.account, {
        key: 'account',
        attempts: 1,
        startedAt: at(59),
        endsAt: at(119),
      })
      await attempts.refund(first)
      // Never below nothing.
      await attempts.refund(first)
      assert.equal((await attempts.count('account', at(60))).attempts, 1)
      const next = await attempts.count('address', at(60))
      assert.deepEqual([next.attempts, next.startedAt], [1, at(60)])
      // An attempt of the window before this one is not this one's to give back.
      await attempts.refund(first)
      assert.equal((await attempts.count('address', at(61))).attempts, 2)
    }))

  test(`${dialect}: a session that starts takes its count back, one that is refused does not`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const { usernameKey } = user
      const all = await Promise.all(
        oneTo(30).map(() => stores.attempts.countSignIn(attempt({ usernameKey }))),
      )
      const started = await Promise.all(
        all.map((counted, index) =>
          stores.sessions.start(
            startOf(newSession(user.id), { counted, credentialVersion: index < 20 ? 1 : 2 }),
          ),
        ),
      )
      assert.equal(started.filter(Boolean).length, 20)
      assert.equal((await stores.attempts.count('account', NOW)).attempts, 11)
      assert.equal((await stores.attempts.count('address', NOW)).attempts, 11)
    }))

  test(`${dialect}: sign-ins of many users cross each other's counters without waiting forever`, () =>
    withStores(async (stores) => {
      const users: User[] = []
      for (let count = 0; count < 6; count++) users.push(await storeUser(stores))
      const signIn = async (index: number) => {
        const { id, usernameKey } = users[index % users.length]!
        const counted = await stores.attempts.countSignIn(
          attempt({
            usernameKey,
            network: null,
            accountKey: `counter ${index % 6}`,
            addressKey: `counter ${(index * 5 + 3) % 7}, an address`,
          }),
        )
        return stores.sessions.start(startOf(newSession(id), { counted }))
      }
      const startedAt = performance.now()
      const rounds = oneTo(8).map(async () => Promise.all(oneTo(40).map(signIn)))
      assert.ok((await Promise.all(rounds)).flat().every(Boolean))
      // PostgreSQL looks for deadlocks after a second.
      assert.ok(performance.now() - startedAt < 10_000)
      for (let index = 0; index < 6; index++) {
        assert.equal((await stores.attempts.count(`counter ${index}`, NOW)).attempts, 1)
      }
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
