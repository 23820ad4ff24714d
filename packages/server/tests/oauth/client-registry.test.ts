import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { defaultClientSettings } from '../../src/domain/client.ts'
import type { Stores } from '../../src/domain/ports.ts'
import type { Seconds } from '../../src/domain/time.ts'
import { createClientAdministration } from '../../src/oauth/client-administration.ts'
import { loadClients } from '../../src/oauth/client-registry.ts'
import { isSecretOf } from '../../src/oauth/client-secret.ts'
import { createEngines } from '../storage/engines.ts'
import { createTestClock } from '../test-mapae.ts'

const settings = {
  ...defaultClientSettings,
  name: 'Web',
  authenticationMethod: 'client_secret_basic',
  redirectUris: ['https://app.example.com/cb'],
  webOrigins: ['https://app.example.com'],
  resource: { audience: 'urn:api', accessTokenAlgorithm: null, encryptionJwk: null },
} as const

async function createNode(stores: Stores, clock = createTestClock()) {
  const registry = await loadClients(stores.clients, clock)
  const administration = createClientAdministration(stores.clients, registry, clock, randomBytes)
  return { registry, administration, clock }
}

for (const { dialect, withStores } of createEngines()) {
  test(`${dialect}: what one node makes, changes and deletes the other follows`, () =>
    withStores(async (stores) => {
      const here = await createNode(stores)
      const there = await createNode(stores, here.clock)
      const { client } = await here.administration.create('web', settings)
      assert.deepEqual(here.registry.find('web'), client)
      assert.equal(there.registry.find('web'), null)
      await there.registry.follow()
      assert.deepEqual(there.registry.find('web'), client)
      assert.ok(there.registry.isWebOrigin('https://app.example.com'))
      assert.equal(there.registry.isOwnWebOrigin('https://app.example.com'), false)
      assert.equal(there.registry.findResourceServer('urn:api')?.audience, 'urn:api')

      await there.administration.update('web', { webOrigins: [], resource: null })
      await here.registry.follow()
      assert.equal(here.registry.isWebOrigin('https://app.example.com'), false)
      assert.equal(here.registry.findResourceServer('urn:api'), null)

      await here.administration.delete('web')
      await there.registry.follow()
      assert.equal(there.registry.find('web'), null)
      assert.equal((await createNode(stores)).registry.find('web'), null)
    }))

  test(`${dialect}: changes made at once are all kept`, () =>
    withStores(async (stores) => {
      const { administration } = await createNode(stores)
      await administration.create('web', settings)
      await Promise.all([
        administration.update('web', { name: 'Shop' }),
        administration.update('web', { scopes: ['read'] }),
        administration.update('web', { isTrusted: true }),
      ])
      const client = (await stores.clients.find('web'))!
      assert.deepEqual(
        [client.name, client.scopes, client.isTrusted, client.version],
        ['Shop', ['read'], true, 4],
      )
      const there = await createNode(stores)
      assert.ok(there.registry.isOwnWebOrigin('https://app.example.com'))
    }))
}

test('of a client two secrets are valid while it moves to the next, and then one', async () => {
  const [sqlite] = createEngines()
  await sqlite!.withStores(async (stores) => {
    const { administration, clock } = await createNode(stores)
    const first = await administration.create('web', settings)
    const second = await administration.rotateSecret('web', 60 as Seconds)
    const isValid = ({ secret }: { secret: string | null }, { client } = second) =>
      isSecretOf(client, secret!, clock.seconds())
    assert.deepEqual([isValid(first), isValid(second)], [true, true])
    clock.advance(59)
    assert.equal(isValid(first), true)
    clock.advance(1)
    assert.deepEqual([isValid(first), isValid(second)], [false, true])
    const third = await administration.rotateSecret('web', 60 as Seconds)
    const fourth = await administration.rotateSecret('web', 60 as Seconds)
    assert.deepEqual(
      [second, third, fourth].map((one) => isValid(one, fourth)),
      [false, true, true],
    )
    for (const wrong of ['', 'mcs_', second.client.secrets[0]!.hash]) {
      assert.equal(isSecretOf(fourth.client, wrong, clock.seconds()), false)
    }
  })
})
