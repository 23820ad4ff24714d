import type { NewSecurityEvent } from './event.ts'
import type { Seconds, UnixSeconds } from './time.ts'

/**
 * What a key is for; a key of one purpose is never used for another. The first two there always
 * are; the others are made when they are needed first.
 */
export const keyPurposes = [
  'access_token',
  'refresh_token',
  'id_token',
  'id_token_es256',
  'id_token_eddsa',
  'access_token_rs256',
  'access_token_eddsa',
] as const

export type KeyPurpose = (typeof keyPurposes)[number]

export const standingPurposes: readonly KeyPurpose[] = ['access_token', 'refresh_token']

/** The instants that decide a key's stage; see `tokens/key-stages.ts`. */
export interface KeyTimes {
  readonly kid: string
  /** When it was published: from then on everybody may learn of it. */
  readonly createdAt: UnixSeconds
  /** From then on it signs, until the next one does. */
  readonly signsFrom: UnixSeconds
  /** The longest life that any node gives to what it signs. */
  readonly longestTokenSeconds: Seconds
  readonly retiredAt: UnixSeconds | null
  readonly withdrawnAt: UnixSeconds | null
}

export interface StoredKey extends KeyTimes {
  readonly purpose: KeyPurpose
  readonly algorithm: string
  /** The private or secret JWK under the master key; null once retired or withdrawn. */
  readonly sealedJwk: string | null
}

// A key is alive until it is retired or withdrawn; its row stays, its secret does not.

export interface KeyStore {
  /** Of all purposes, in the order in which they sign. */
  list(): Promise<StoredKey[]>
  /** Stores the key unless one of its purpose is alive: then false. */
  insertFirst(key: StoredKey, event: NewSecurityEvent): Promise<boolean>
  /**
   * Stores the key when `newestKid` is, among the living of its purpose, the one that signs last:
   * of several nodes that publish the next key at once, one does. False for the others.
   */
  insertNext(key: StoredKey, newestKid: string, event: NewSecurityEvent): Promise<boolean>
  /** False when it is not alive. Its secret is deleted. */
  retire(kid: string, event: NewSecurityEvent): Promise<boolean>
  /**
   * Stores `replacement` in the same transaction. False, and nothing is stored, when the key is
   * not alive. Its secret is deleted.
   */
  withdraw(
    kid: string,
    event: NewSecurityEvent,
    replacement: { readonly key: StoredKey; readonly event: NewSecurityEvent } | null,
  ): Promise<boolean>
  /** Raises `longestTokenSeconds` of the living keys of the purpose to at least that. */
  raiseLongestToken(purpose: KeyPurpose, seconds: Seconds): Promise<void>
  /** Compare-and-set: false when the sealed text is not `from` any more. */
  reseal(kid: string, from: string, to: string): Promise<boolean>
}
