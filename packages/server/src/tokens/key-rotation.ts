import { MapaeError } from '../domain/errors.ts'
import type { Random } from '../domain/ids.ts'
import {
  keyPurposes,
  standingPurposes,
  type KeyPurpose,
  type KeyStore,
  type StoredKey,
} from '../domain/signing-key.ts'
import { after, type Clock, type Seconds, type UnixSeconds } from '../domain/time.ts'
import { keyEvent, type KeyChangeReason } from './key-event.ts'
import {
  AT_ONCE_SECONDS,
  decideStages,
  findNewest,
  nextPublicationAt,
  publicationLeadSeconds,
  type StagedKey,
} from './key-stages.ts'
import { makeKey, resealKey } from './sealed-key.ts'
import type { Sealing } from './sealing.ts'

export interface ListedKey extends StagedKey<StoredKey> {
  /** When its successor is published by itself; null when it has one, or none is to come. */
  readonly successorDueAt: UnixSeconds | null
}

export interface RotationSettings {
  /** How long a key signs; 0: until somebody asks for the next. */
  readonly rotationSeconds: Seconds
  /** The longest life of what each purpose signs, by the settings of this node. */
  readonly longestTokenSeconds: {
    /** ID tokens live as long. */
    readonly access_token: Seconds
    readonly refresh_token: Seconds
  }
}

export interface KeyRotation {
  /** Makes the keys that there always are, and has all kept for as long as this node needs. */
  prepare(): Promise<void>
  /** Makes the first key of a purpose, unless some node did. It signs at once. */
  makeFirst(purpose: KeyPurpose): Promise<void>
  /** All keys with their stages, also those that are used no more. */
  list(): Promise<ListedKey[]>
  /** Publishes the next key, unless one is waiting already; returns the one that signs next. */
  rotate(purpose: KeyPurpose): Promise<{ readonly key: StoredKey; readonly isNew: boolean }>
  /** False when the key is not alive. Whether what it signed has expired is the caller's to check. */
  retire(kid: string): Promise<boolean>
  /**
   * At once and for ever. The key that signs is replaced by a fresh one that signs from now on.
   * Null when the key is not alive.
   */
  withdraw(kid: string): Promise<{ readonly replacement: StoredKey | null } | null>
  /** Publishes and retires what is due. Any number of nodes may do so at the same time. */
  keepUp(): Promise<void>
  /** Puts all secrets under the present master key; may be interrupted and run again. */
  reseal(): Promise<{ readonly resealed: number; readonly current: number }>
}

interface Parts {
  readonly store: KeyStore
  readonly sealing: Sealing
  readonly settings: RotationSettings
  readonly clock: Clock
  readonly random: Random
}

export function createKeyRotation(
  store: KeyStore,
  sealing: Sealing,
  settings: RotationSettings,
  clock: Clock,
  random: Random,
): KeyRotation {
  const parts: Parts = { store, sealing, settings, clock, random }
  return {
    prepare: () => prepare(parts),
    makeFirst: (purpose) => makeFirst(parts, purpose),
    list: () => list(parts),
    rotate: (purpose) => rotate(parts, purpose),
    retire: async (kid) => {
      const key = (await store.list()).find((one) => one.kid === kid)
      return key !== undefined && retire(parts, key, 'requested')
    },
    withdraw: (kid) => withdraw(parts, kid),
    keepUp: () => keepUp(parts),
    reseal: () => reseal(parts),
  }
}

async function prepare(parts: Parts): Promise<void> {
  const { store, settings } = parts
  const stored = await store.list()
  for (const purpose of keyPurposes) {
    const longest = longestTokenSeconds(settings, purpose)
    const living = ofPurpose(stored, purpose).filter(({ sealedJwk }) => sealedJwk !== null)
    if (living.length === 0) {
      if (standingPurposes.includes(purpose)) await makeFirst(parts, purpose)
    } else if (living.some((key) => key.longestTokenSeconds < longest)) {
      await store.raiseLongestToken(purpose, longest)
    }
  }
}

async function makeFirst(parts: Parts, purpose: KeyPurpose): Promise<void> {
  const { store, settings, clock } = parts
  const key = await newKeyForNow(parts, purpose)
  await store.insertFirst(key, keyEvent('key.published', key, 'first', clock))
  // Another node may have made it, with a shorter life of tokens in mind.
  await store.raiseLongestToken(purpose, longestTokenSeconds(settings, purpose))
}

function longestTokenSeconds(
  { longestTokenSeconds: longest }: RotationSettings,
  purpose: KeyPurpose,
) {
  return purpose === 'refresh_token' ? longest.refresh_token : longest.access_token
}

async function list({ store, settings, clock }: Parts): Promise<ListedKey[]> {
  const stored = await store.list()
  return keyPurposes.flatMap((purpose) => {
    const keys = ofPurpose(stored, purpose)
    const newest = findNewest(keys)
    const dueAt = nextPublicationAt(keys, settings.rotationSeconds)
    return decideStages(keys, clock.seconds()).map((staged) => ({
      ...staged,
      successorDueAt: staged.key === newest ? dueAt : null,
    }))
  })
}

async function rotate(parts: Parts, purpose: KeyPurpose) {
  const newest = await getNewest(parts, purpose)
  if (newest.signsFrom > parts.clock.seconds()) return { key: newest, isNew: false }
  const key = await publishNext(parts, newest, 'requested')
  if (key !== null) return { key, isNew: true }
  // Another node was quicker.
  return { key: await getNewest(parts, purpose), isNew: false }
}

async function getNewest({ store }: Parts, purpose: KeyPurpose): Promise<StoredKey> {
  const newest = findNewest(ofPurpose(await store.list(), purpose))
  if (newest === undefined) {
    throw new MapaeError('not_found', { detail: `There is no key for ${purpose} yet.` })
  }
  return newest
}

/** Null when `newest` is not the newest any more. */
async function publishNext(
  parts: Parts,
  newest: StoredKey,
  reason: KeyChangeReason,
): Promise<StoredKey | null> {
  const { store, clock } = parts
  const { purpose } = newest
  const key = await newKey(parts, purpose, after(clock.seconds(), publicationLeadSeconds[purpose]))
  const event = keyEvent('key.published', key, reason, clock)
  return (await store.insertNext(key, newest.kid, event)) ? key : null
}

function retire({ store, clock }: Parts, key: StoredKey, reason: KeyChangeReason) {
  return store.retire(key.kid, keyEvent('key.retired', key, reason, clock))
}

async function withdraw(parts: Parts, kid: string) {
  const { store, clock } = parts
  const listed = await list(parts)
  const found = listed.find(({ key }) => key.kid === kid)
  if (found === undefined) return null
  const { key, stage } = found
  const replacement = stage === 'signing' ? await newKeyForNow(parts, key.purpose) : null
  const withdrawn = await store.withdraw(
    kid,
    keyEvent('key.withdrawn', key, 'requested', clock),
    replacement && {
      key: replacement,
      event: keyEvent('key.published', replacement, 'replacement', clock),
    },
  )
  return withdrawn ? { replacement } : null
}

async function keepUp(parts: Parts): Promise<void> {
  await prepare(parts)
  const { store, settings, clock } = parts
  const stored = await store.list()
  const now = clock.seconds()
  for (const purpose of keyPurposes) {
    const keys = ofPurpose(stored, purpose)
    const newest = findNewest(keys)
    const dueAt = nextPublicationAt(keys, settings.rotationSeconds)
    if (newest !== undefined && dueAt !== null && dueAt <= now) {
      await publishNext(parts, newest, 'scheduled')
    }
    for (const { key, stage, safeToRetireAt } of decideStages(keys, now)) {
      const isDue = stage === 'verify-only' && safeToRetireAt !== null && safeToRetireAt <= now
      if (isDue) await retire(parts, key, 'scheduled')
    }
  }
}

async function reseal({ store, sealing }: Parts) {
  let resealed = 0
  let current = 0
  for (const key of await store.list()) {
    const { kid, sealedJwk } = key
    if (sealedJwk === null) continue
    if (sealing.isCurrent(sealedJwk)) current++
    else if (await store.reseal(kid, sealedJwk, resealKey({ ...key, sealedJwk }, sealing))) {
      resealed++
    }
  }
  return { resealed, current }
}

function newKeyForNow(parts: Parts, purpose: KeyPurpose): Promise<StoredKey> {
  return newKey(parts, purpose, (parts.clock.seconds() - AT_ONCE_SECONDS) as UnixSeconds)
}

async function newKey(
  { sealing, settings, clock, random }: Parts,
  purpose: KeyPurpose,
  signsFrom: UnixSeconds,
): Promise<StoredKey> {
  return {
    ...(await makeKey(purpose, sealing, random)),
    createdAt: clock.seconds(),
    signsFrom,
    longestTokenSeconds: longestTokenSeconds(settings, purpose),
    retiredAt: null,
    withdrawnAt: null,
  }
}

function ofPurpose(keys: readonly StoredKey[], purpose: KeyPurpose): StoredKey[] {
  return keys.filter((key) => key.purpose === purpose)
}
