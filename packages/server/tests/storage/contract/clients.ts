import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultClientSettings, type Client } from '../../../src/domain/client.ts'
import type { Stores } from '../../../src/domain/ports.ts'
import { createHousekeeping } from '../../../src/storage/housekeeping.ts'
import { createTestClock } from '../../test-mapae.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, eventNames, newEvent, storeUser } from '../rows.ts'
import { consentOf, storeConsent } from './authorization.ts'
import { approvalOf, deviceOf } from './devices.ts'

function newClient(id: string, changes: Partial<Client> = {}): Client {
  return {
    ...defaultClientSettings,
    id,
    name: `Client ${id}`,
    secrets: [],
    version: 1,
    createdAt: NOW,
    changedAt: NOW,
    deletedAt: null,
    ...changes,
  }
}

const DAY = 86_400
const MONTH = 30 * DAY

/** A run of it at that many seconds from now. */
function housekeepingAt(stores: Stores, seconds: number): () => Promise<void> {
  const clock = createTestClock(at(seconds))
  const run = createHousekeeping(stores, (400 * DAY) as never, clock, () => Promise.resolve())
  return () => run(new AbortController().signal)
}

const created = newEvent('client.created')
const changed = newEvent('client.changed')

export function testClients({ dialect, withStores }: TestEngine): void {
  test(`${dialect}: a client comes back as it was stored`, () =>
    withStores(async ({ clients }) => {
      const full = newClient('web', {
        name: `상점 "quoted" \\ {a,b} 🐎`,
        redirectUris: ['https://app.example.com/cb?x=1'],
        scopes: ['openid', 'read'],
        secrets: [{ hash: 'a-hash', createdAt: NOW, expiresAt: at(60) }],
        resource: { audience: 'urn:api', accessTokenAlgorithm: 'RS256', encryptionJwk: { n: 'x' } },
      })
      assert.equal(await clients.insert(full, created), true)
      assert.deepEqual(await clients.find('web'), full)
      assert.equal(await clients.find('Web'), null)
    }))

  test(`${dialect}: a setting that is younger than its client is as by default`, () =>
    withStores(async ({ clients }) => {
      const { userinfoAlgorithm: _younger, ...older } = newClient('web', { name: 'Shop' })
      assert.equal(await clients.insert(older as Client, created), true)
      assert.deepEqual(await clients.find('web'), newClient('web', { name: 'Shop' }))
    }))

  test(`${dialect}: an identifier is given once, also when many ask at once`, () =>
    withStores(async (stores) => {
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          stores.clients.insert(newClient('web', { name: String(index) }), created),
        ),
      )
      assert.equal(all.filter(Boolean).length, 1)
      assert.deepEqual(await eventNames(stores), ['client.created'])
    }))

  test(`${dialect}: of changes that start from the same version one is made`, () =>
    withStores(async (stores) => {
      const { clients } = stores
      const first = newClient('web')
      await clients.insert(first, created)
      const changes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          clients.replace(first, { ...first, name: String(index), version: 2 }, changed),
        ),
      )
      assert.equal(changes.filter(Boolean).length, 1)
      assert.deepEqual(await eventNames(stores), ['client.created', 'client.changed'])
      assert.equal((await clients.find('web'))?.version, 2)
    }))

  test(`${dialect}: a deleted client is found no more and never comes back, but is told of`, () =>
    withStores(async ({ clients }) => {
      const first = newClient('web')
      await clients.insert(first, created)
      const deleted = { ...first, version: 2, changedAt: at(5), deletedAt: at(5) }
      assert.equal(await clients.replace(first, deleted, newEvent('client.deleted')), true)
      assert.equal(await clients.find('web'), null)
      const revived = { ...deleted, version: 3, deletedAt: null }
      assert.equal(await clients.replace(deleted, revived, changed), false)
      assert.equal(await clients.insert(newClient('web'), created), false)
      assert.deepEqual(await clients.changedSince(at(5)), [deleted])
      assert.deepEqual(await clients.changedSince(at(6)), [])
    }))

  test(`${dialect}: clients are listed page by page in the order of their identifiers' bytes`, () =>
    withStores(async ({ clients }) => {
      for (const id of ['b', 'B', 'a-b', 'a_b', 'aB']) await clients.insert(newClient(id), created)
      const first = await clients.list('', 3)
      const second = await clients.list(first.at(-1)!.id, 3)
      const ids = [...first, ...second].map(({ id }) => id)
      assert.deepEqual(ids, ['B', 'a-b', 'aB', 'a_b', 'b'])
    }))

  test(`${dialect}: a client that registered itself and was never used is deleted after a month`, () =>
    withStores(async (stores) => {
      const { clients, deviceAuthorizations: devices } = stores
      const user = await storeUser(stores)
      for (const id of ['dyn_idle', 'dyn_asked', 'dyn_device', 'dyn_changed', 'dyn', 'web']) {
        await clients.insert(newClient(id), created)
      }
      await clients.insert(
        newClient('dyn_young', { changedAt: at(MONTH), createdAt: at(1) }),
        created,
      )
      await storeConsent(stores, consentOf(user.id, 'dyn_asked'))
      await stores.consents.withdraw(user.id, 'dyn_asked', newEvent('consent.withdrawn'))
      const device = { ...deviceOf('a'), clientId: 'dyn_device' }
      await devices.insert(device)
      assert.equal(await devices.approve(device.userCodeHash, approvalOf(user), at(1)), true)
      const before = (await clients.find('dyn_changed'))!
      await clients.replace(before, { ...before, version: 2, changedAt: at(2) }, changed)

      await housekeepingAt(stores, MONTH)()
      assert.notEqual(await clients.find('dyn_idle'), null)
      await housekeepingAt(stores, MONTH + 1)()
      assert.equal(await clients.find('dyn_idle'), null)
      for (const id of ['dyn_asked', 'dyn_device', 'dyn_changed', 'dyn_young', 'dyn', 'web']) {
        assert.notEqual(await clients.find(id), null, id)
      }
      // Other nodes are told, and then nothing is left of it.
      const since = await clients.changedSince(at(MONTH + 1))
      const deleted = since.find(({ deletedAt }) => deletedAt !== null)
      assert.deepEqual([deleted?.id, deleted?.version, deleted?.secrets], ['dyn_idle', 2, []])
      const { events } = stores
      const told = (await events.list(0, 100)).filter(({ name }) => name === 'client.deleted')
      assert.deepEqual(
        told.map(({ at: when, details }) => [when, details]),
        [[at(MONTH + 1), { client_id: 'dyn_idle', reason: 'unused' }]],
      )
      await housekeepingAt(stores, MONTH + 2 + DAY)()
      const ids = (await clients.list('', 100)).map(({ id }) => id)
      assert.deepEqual(ids, ['dyn', 'dyn_asked', 'dyn_changed', 'dyn_device', 'dyn_young', 'web'])
    }))

  test(`${dialect}: many unused clients are deleted by two nodes at once, each told of once`, () =>
    withStores(async (stores) => {
      const { clients, events } = stores
      const ids = Array.from({ length: 620 }, (_, index) => `dyn_${index}`)
      await Promise.all(ids.map((id) => clients.insert(newClient(id), created)))
      await Promise.all([housekeepingAt(stores, MONTH + 1)(), housekeepingAt(stores, MONTH + 1)()])
      const told = (await events.list(0, 2000)).filter(({ name }) => name === 'client.deleted')
      assert.equal(told.length, ids.length)
      assert.equal(new Set(told.map(({ details }) => details['client_id'])).size, ids.length)
    }))

  test(`${dialect}: a client that is allowed something in time is not deleted, also at the same moment`, () =>
    withStores(async (stores) => {
      const user = await storeUser(stores)
      for (let round = 0; round < 10; round++) {
        const id = `dyn_${round}`
        await stores.clients.insert(newClient(id), created)
        await Promise.all([
          storeConsent(stores, consentOf(user.id, id)),
          stores.clients.deleteUnused(at(MONTH), at(MONTH), 100),
        ])
        const isThere = (await stores.clients.find(id)) !== null
        // It was used by then, so nothing takes it away any more.
        assert.equal(await stores.clients.deleteUnused(at(MONTH), at(MONTH), 100), 0)
        assert.equal((await stores.clients.find(id)) !== null, isThere)
      }
    }))

  test(`${dialect}: of many nodes that draw a constant the first one's stays`, () =>
    withStores(async ({ issuerConstants }) => {
      const values = await Promise.all(
        Array.from({ length: 20 }, (_, index) => issuerConstants.settle('salt', String(index))),
      )
      assert.equal(new Set(values).size, 1)
      assert.equal(await issuerConstants.settle('salt', 'another'), values[0])
      assert.equal(await issuerConstants.settle('other', 'another'), 'another')
    }))
}
