import assert from 'node:assert/strict'
import { test } from 'node:test'

import { defaultClientSettings, type Client } from '../../../src/domain/client.ts'
import type { TestEngine } from '../engines.ts'
import { NOW } from '../engines.ts'
import { at, eventNames, newEvent } from '../rows.ts'

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
