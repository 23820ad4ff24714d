import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Revocation } from '../../../src/domain/revocation.ts'
import type { Stores } from '../../../src/domain/ports.ts'
import type { KeyPurpose, StoredKey } from '../../../src/domain/signing-key.ts'
import type { Seconds } from '../../../src/domain/time.ts'
import { NOW, type TestEngine } from '../engines.ts'
import { at, newEvent, storeSession, storeUser } from '../rows.ts'

async function storeKey({ keys }: Stores, kid: string, purpose: KeyPurpose): Promise<StoredKey> {
  const key: StoredKey = {
    kid,
    purpose,
    algorithm: 'ES256',
    sealedJwk: 'sealed',
    createdAt: NOW,
    signsFrom: NOW,
    longestTokenSeconds: 600 as Seconds,
    retiredAt: null,
    withdrawnAt: null,
  }
  await keys.insertFirst(key, newEvent('key.published'))
  return key
}

const bySubject = (all: readonly Revocation[]) =>
  all.toSorted((a, b) => `${a.kind} ${a.subject}`.localeCompare(`${b.kind} ${b.subject}`))

export function testRevocations({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: what is revoked is told with the change, from its instant on`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const [ended, others] = [await storeSession(stores, user), await storeUser(stores)]
      await storeSession(stores, user)
      const told = [
        await stores.sessions.end(ended.id, 'logout', at(5)),
        ...(await stores.users.disable(others.id, { ...newEvent('user.disabled'), at: at(6) }))!,
      ]
      assert.deepEqual(told, [
        { kind: 'session', subject: ended.id, at: at(5) },
        { kind: 'user', subject: others.id, at: at(6) },
      ])
      assert.deepEqual(bySubject(await stores.revocations.since(at(5))), told)
      assert.deepEqual(await stores.revocations.since(at(6)), told.slice(1))
      assert.deepEqual(await stores.revocations.since(at(7)), [])
    }))

  test(`${dialect}: a user who is enabled again stays on the list, for the tokens of before`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const disable = (seconds: number) =>
        stores.users.disable(user.id, { ...newEvent('user.disabled'), at: at(seconds) })
      const enable = () => stores.users.enable(user.id, newEvent('user.enabled'))
      const told = async () => (await stores.revocations.since(at(3))).map((one) => one.at)
      await disable(3)
      await enable()
      assert.deepEqual(await told(), [at(3)])
      await disable(5)
      assert.deepEqual(new Set(await told()), new Set([at(3), at(5)]))
      await enable()
      assert.deepEqual(await told(), [at(5)])
    }))

  test(`${dialect}: every way to end many sessions tells of each, and not of those that go on`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      const [kept, one, two] = [
        await storeSession(stores, user),
        await storeSession(stores, user),
        await storeSession(stores, user),
      ]
      await stores.users.changePassword({
        userId: user.id,
        credentialVersion: 1,
        passwordHash: '$argon2id$two',
        keep: kept.id,
        keepBrowser: null,
        event: { ...newEvent('user.password_changed'), at: at(1) },
      })
      const subjects = async () =>
        (await stores.revocations.since(NOW)).map(({ subject }) => subject).toSorted()
      assert.deepEqual(await subjects(), [one.id, two.id].toSorted())
      await stores.sessions.endAllOfUser(user.id, 'logout_everywhere', at(2))
      assert.deepEqual(await subjects(), [one.id, two.id, kept.id].toSorted())
    }))

  test(`${dialect}: a key that verifiers know is told when it is withdrawn or retired`, () =>
    withStores(async (stores) => {
      await storeKey(stores, 'public', 'access_token')
      await storeKey(stores, 'secret', 'refresh_token')
      for (const kid of ['public', 'secret']) {
        await stores.keys.withdraw(kid, { ...newEvent('key.withdrawn'), at: at(3) }, null)
      }
      const withdrawn = { kind: 'key', subject: 'public', at: at(3) }
      assert.deepEqual(await stores.revocations.since(at(3)), [withdrawn])

      await storeKey(stores, 'second', 'access_token')
      await stores.keys.retire('second', { ...newEvent('key.retired'), at: at(4) })
      const retired = { kind: 'key', subject: 'second', at: at(4) }
      assert.deepEqual(await stores.revocations.since(at(4)), [retired])
    }))
}
