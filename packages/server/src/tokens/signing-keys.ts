import { createKeySet, exportJwk, publicKeyOf, type Jwk, type Key, type KeySet } from '@mapae/jwt'

import {
  keyPurposes,
  type KeyPurpose,
  type KeyStore,
  type StoredKey,
} from '../domain/signing-key.ts'
import type { Clock, Seconds } from '../domain/time.ts'
import { decideStages, type KeyStage } from './key-stages.ts'
import { openKey } from './sealed-key.ts'
import type { Sealing } from './sealing.ts'

/** The keys of one purpose, as they are now. */
export interface PurposeKeys {
  /** The one that signs. */
  readonly signing: Key
  readonly canSign: boolean
  /** All that verify: verifiers made with it follow at once. */
  readonly verifying: KeySet
}

/** The keys of this issuer, held in memory: neither signing nor verifying asks the database. */
export interface SigningKeys {
  readonly accessToken: PurposeKeys
  readonly refreshToken: PurposeKeys
  /** The longest life that any node gives to what verifies with a public key. */
  readonly longestTokenSeconds: Seconds
  /** Of any purpose; while none was made it has none to sign with. */
  of(purpose: KeyPurpose): PurposeKeys
  /** Keys that verify access tokens of any algorithm. */
  readonly anyAccessToken: KeySet
  /** What `/.well-known/jwks.json` answers. Spec: RFC 7517 section 5. */
  readonly publicJwks: { readonly keys: readonly Jwk[] }
  /**
   * Reads the keys again and takes them over, one reading after another. Keys that cannot be opened
   * are left out, and then it throws `ConfigurationError` after the others were taken over.
   */
  follow(): Promise<void>
}

const verifyingStages: ReadonlySet<KeyStage> = new Set(['published', 'signing', 'verify-only'])

/** Reads the keys. Throws `ConfigurationError` when there are none or one cannot be opened. */
export async function loadSigningKeys(
  store: KeyStore,
  sealing: Sealing,
  clock: Clock,
): Promise<SigningKeys> {
  const opened = new Map<string, Key>()
  const accessToken = createPurposeKeys()
  const refreshToken = createPurposeKeys()
  const held = new Map(keyPurposes.map((purpose) => [purpose, createPurposeKeys()]))
  held.set('access_token', accessToken).set('refresh_token', refreshToken)
  const anyAccessToken = createKeySet([])
  let publicJwks: SigningKeys['publicJwks'] = { keys: [] }
  let longestTokenSeconds = 0 as Seconds
  let reading = Promise.resolve()

  function verifyingKeys(isWanted: (purpose: KeyPurpose) => boolean): Key[] {
    return keyPurposes.filter(isWanted).flatMap((purpose) => held.get(purpose)!.verifying.keys)
  }

  async function read(): Promise<void> {
    const stored = await store.list()
    const failures = openNew(stored, sealing, opened)
    for (const purpose of keyPurposes) {
      held.get(purpose)!.take(usableKeys(stored, purpose, opened, clock))
    }
    longestTokenSeconds = findLongestTokenSeconds(stored)
    anyAccessToken.replace(verifyingKeys((purpose) => purpose.startsWith('access_token')))
    const isPublic = (purpose: KeyPurpose) => purpose !== 'refresh_token'
    publicJwks = { keys: verifyingKeys(isPublic).map((key) => exportJwk(key)) }
    if (failures.length > 0) throw failures[0]
  }

  const keys: SigningKeys = {
    accessToken,
    refreshToken,
    get longestTokenSeconds() {
      return longestTokenSeconds
    },
    of: (purpose) => held.get(purpose)!,
    anyAccessToken,
    get publicJwks() {
      return publicJwks
    },
    follow() {
      // An older reading that ended later would bring back a key that was withdrawn in between.
      const next = reading.then(read)
      reading = next.catch(() => undefined)
      return next
    },
  }
  await keys.follow()
  return keys
}

/** Opens each key once; forgets what is retired or withdrawn. Returns why others did not open. */
function openNew(
  stored: readonly StoredKey[],
  sealing: Sealing,
  opened: Map<string, Key>,
): unknown[] {
  const failures: unknown[] = []
  for (const key of stored) {
    const { kid, sealedJwk } = key
    if (sealedJwk === null) opened.delete(kid)
    else if (!opened.has(kid)) {
      try {
        opened.set(kid, openKey({ ...key, sealedJwk }, sealing))
      } catch (error) {
        failures.push(error)
      }
    }
  }
  return failures
}

function findLongestTokenSeconds(stored: readonly StoredKey[]): Seconds {
  const seconds = stored
    .filter(({ purpose, sealedJwk }) => purpose !== 'refresh_token' && sealedJwk !== null)
    .map((key) => key.longestTokenSeconds)
  return Math.max(0, ...seconds) as Seconds
}

interface UsableKey {
  readonly stage: KeyStage
  readonly key: Key
}

function usableKeys(
  stored: readonly StoredKey[],
  purpose: KeyPurpose,
  opened: ReadonlyMap<string, Key>,
  clock: Clock,
): UsableKey[] {
  const ofPurpose = stored.filter((key) => key.purpose === purpose)
  return decideStages(ofPurpose, clock.seconds())
    .filter(({ stage }) => verifyingStages.has(stage))
    .flatMap(({ key: { kid }, stage }) => {
      const key = opened.get(kid)
      return key === undefined ? [] : [{ stage, key }]
    })
}

function createPurposeKeys(): PurposeKeys & { take(usable: readonly UsableKey[]): void } {
  const verifying = createKeySet([])
  let names = ''
  let signing: Key | undefined
  return {
    get signing() {
      if (signing === undefined) throw new Error('There is no key to sign with.')
      return signing
    },
    get canSign() {
      return signing !== undefined
    },
    verifying,
    take(usable) {
      signing = usable.find(({ stage }) => stage === 'signing')?.key
      const latest = usable.map(({ key }) => key.kid).join(' ')
      // The same keys again keep the epoch, and with it what verifiers remember.
      if (latest === names) return
      verifying.replace(usable.map(({ key }) => (key.kind === 'private' ? publicKeyOf(key) : key)))
      names = latest
    },
  }
}
