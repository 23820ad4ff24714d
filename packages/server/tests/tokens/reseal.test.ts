import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import type { KeyStore } from '../../src/domain/signing-key.ts'
import type { Seconds, UnixSeconds } from '../../src/domain/time.ts'
import { openStores } from '../../src/storage/open-stores.ts'
import { createKeyRotation } from '../../src/tokens/key-rotation.ts'
import { createSealing } from '../../src/tokens/sealing.ts'
import { loadSigningKeys } from '../../src/tokens/signing-keys.ts'

const NOW = 1_800_000_000 as UnixSeconds
const [oldKey, newKey] = [randomBytes(32), randomBytes(32)]
const clock = { seconds: () => NOW, milliseconds: () => NOW * 1000 }
const random = (byteCount: number) => randomBytes(byteCount)

const folder = mkdtempSync(join(tmpdir(), 'mapae-reseal-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let databases = 0

/** A database with two keys of each purpose, under the old master key. */
async function withKeys(body: (store: KeyStore, path: string) => Promise<void>): Promise<void> {
  const path = join(folder, `${++databases}.db`)
  const stores = await openStores(`sqlite:${path}`, 'apply', NOW)
  try {
    const rotation = rotationOn(stores.keys, oldKey, null)
    await rotation.prepare()
    await rotation.rotate('access_token')
    await rotation.rotate('refresh_token')
    await body(stores.keys, path)
  } finally {
    await stores.close()
  }
}

function rotationOn(store: KeyStore, masterKey: Uint8Array, previous: Uint8Array | null) {
  const sealing = createSealing(masterKey, previous, random)
  const life = 600 as Seconds
  const settings = {
    rotationSeconds: 0 as Seconds,
    longestTokenSeconds: { access_token: life, refresh_token: life },
  }
  return createKeyRotation(store, sealing, settings, clock, random)
}

async function load(store: KeyStore, masterKey: Uint8Array, previous: Uint8Array | null = null) {
  return loadSigningKeys(store, createSealing(masterKey, previous, random), clock)
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

test('another master key: one line that names both settings, and nothing is changed', () =>
  withKeys(async (store) => {
    const before = await store.list()
    await assert.rejects(load(store, newKey), {
      name: 'ConfigurationError',
      message:
        /^The keys .+ another master key \(id [\w-]{8}\): set MAPAE_MASTER_KEY .+ MAPAE_MASTER_KEY_PREVIOUS [^\n]+$/,
    })
    await assert.rejects(rotationOn(store, newKey, null).reseal(), /another master key/)
    assert.deepEqual(await store.list(), before)
  }))

test('resealing goes on where it was interrupted; meanwhile both master keys are needed', () =>
  withKeys(async (store) => {
    let resealed = 0
    const interrupted: KeyStore = {
      ...store,
      async reseal(...parameters) {
        if (resealed === 2) throw new Error('the power went out')
        resealed++
        return store.reseal(...parameters)
      },
    }
    await assert.rejects(rotationOn(interrupted, newKey, oldKey).reseal(), /power/)
    await assert.rejects(load(store, newKey), /another master key/)
    await assert.rejects(load(store, oldKey), /another master key/)
    const { signing } = (await load(store, newKey, oldKey)).accessToken

    const rotation = rotationOn(store, newKey, oldKey)
    assert.deepEqual(await rotation.reseal(), { resealed: 2, current: 2 })
    assert.deepEqual(await rotation.reseal(), { resealed: 0, current: 4 })
    assert.equal((await load(store, newKey)).accessToken.signing.kid, signing.kid)
    await assert.rejects(load(store, oldKey), /another master key/)
  }))

test('nodes that reseal at the same time, while a key is retired, harm nothing', () =>
  withKeys(async (store) => {
    const kids = (await store.list()).map(({ kid }) => kid)
    const rotation = rotationOn(store, newKey, oldKey)
    const answers = await Promise.all([
      rotation.reseal(),
      rotation.retire(kids[0]!),
      rotation.reseal(),
    ])
    assert.equal(answers[1], true)
    const stored = await store.list()
    assert.equal(stored.filter(({ sealedJwk }) => sealedJwk === null).length, 1)
    await load(store, newKey)
  }))

const damages: readonly [name: string, sql: string][] = [
  [
    'the secrets of two rows are swapped',
    `UPDATE signing_keys SET sealed_jwk = (SELECT sealed_jwk FROM signing_keys AS other
      WHERE other.purpose = signing_keys.purpose AND other.kid <> signing_keys.kid)`,
  ],
  [
    'a refresh token key poses as an access token key',
    `UPDATE signing_keys SET purpose = 'access_token' WHERE purpose = 'refresh_token'`,
  ],
  ['a key is renamed', `UPDATE signing_keys SET kid = kid || 'x' WHERE purpose = 'access_token'`],
  ['the text is cut', `UPDATE signing_keys SET sealed_jwk = substr(sealed_jwk, 1, 80)`],
  ['the text is empty', `UPDATE signing_keys SET sealed_jwk = ''`],
  [
    'another algorithm is written beside it',
    `UPDATE signing_keys SET algorithm = 'HS512' WHERE purpose = 'refresh_token'`,
  ],
]

for (const [name, sql] of damages) {
  test(`${name}: refused as damaged`, () =>
    withKeys(async (store, path) => {
      change(path, sql)
      await assert.rejects(load(store, oldKey), {
        name: 'ConfigurationError',
        message:
          /^The stored signing key (access|refresh)_token [\w-]+ is damaged: restore a backup\.$/,
      })
    }))
}

test('a running node that meets a key it cannot open says so, keeps the others and follows them', () =>
  withKeys(async (store) => {
    const keys = await load(store, oldKey)
    const [first] = await store.list()
    const stranger = rotationOn(store, newKey, oldKey)
    const withdrawn = first!.purpose === 'access_token' ? keys.accessToken : keys.refreshToken
    await stranger.withdraw(first!.kid)
    await assert.rejects(keys.follow(), /another master key/)
    assert.ok(withdrawn.verifying.keys.every(({ kid }) => kid !== first!.kid))
    const other = first!.purpose === 'access_token' ? keys.refreshToken : keys.accessToken
    assert.equal(other.verifying.keys.length, 2)
    assert.ok(other.signing.kid)
  }))

test('an older reading that ends later does not bring back what was withdrawn', () =>
  withKeys(async (store) => {
    let release = () => {}
    let isSlow = false
    const slow: KeyStore = {
      ...store,
      async list() {
        const read = await store.list()
        if (isSlow) {
          isSlow = false
          await new Promise<void>((resolve) => {
            release = resolve
          })
        }
        return read
      },
    }
    const keys = await load(slow, oldKey)
    const { kid } = keys.accessToken.signing
    isSlow = true
    const older = keys.follow()
    await new Promise((resolve) => setImmediate(resolve))
    await rotationOn(store, oldKey, null).withdraw(kid!)
    const newer = keys.follow()
    release()
    await Promise.all([older, newer])
    assert.ok(keys.accessToken.verifying.keys.every((key) => key.kid !== kid))
    assert.ok(!JSON.stringify(keys.publicJwks).includes(kid!))
  }))
