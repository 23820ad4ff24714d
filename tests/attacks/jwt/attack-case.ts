/** A key as it stands in a case: what `importKey` is given. Bytes are `secretBytes`, base64url. */
export interface KeyInput {
  readonly alg?: unknown
  readonly kid?: unknown
  readonly kind?: unknown
  readonly jwk?: unknown
  readonly pem?: unknown
  readonly secret?: unknown
  readonly secretBytes?: string
}

interface CaseFacts {
  readonly id: string
  /** algorithm, signature, header, encoding, json, claims, key, option, sign, cache or remote. */
  readonly area: string
  /** Where the rule comes from. */
  readonly source: string
  /** The code of the error, or `accepted`. */
  readonly expect: string
  /** The algorithm a runtime must have for the case to make sense. */
  readonly needs?: string
}

/** A token shown to a verifier of the named keys; options are laid over the usual ones. */
export interface TokenCase extends CaseFacts {
  readonly kind: 'token'
  readonly keys: readonly string[]
  readonly token: string
  readonly options?: Record<string, unknown>
}

/** A key to import; and then, perhaps, to sign or to verify with. */
export interface KeyCase extends CaseFacts {
  readonly kind: 'key'
  readonly key: KeyInput
  readonly use?: 'sign' | 'verify'
}

/** Keys put into one set. */
export interface KeySetCase extends CaseFacts {
  readonly kind: 'keySet'
  readonly keys: readonly KeyInput[]
}

/** Options something is constructed with; `null` takes a usual option away. */
export interface OptionCase extends CaseFacts {
  readonly kind: 'option'
  readonly make: 'verifier' | 'signer' | 'tokenCache' | 'remoteKeys' | 'strictJson'
  readonly options: Record<string, unknown>
}

/** Claims to sign. */
export interface SignCase extends CaseFacts {
  readonly kind: 'sign'
  readonly claims: unknown
}

/** What a cached verifier is made to go through; the last step's outcome counts. */
export interface CacheCase extends CaseFacts {
  readonly kind: 'cache'
  readonly keeps: 'token' | 'digest'
  readonly steps: readonly CacheStep[]
}

export interface CacheStep {
  readonly at: number
  readonly verify?: string
  readonly replaceKeys?: readonly string[]
  readonly expect?: string
}

/** What a server of keys answers, in this order (the last answer repeats), and what is asked. */
export interface RemoteCase extends CaseFacts {
  readonly kind: 'remote'
  readonly answers: readonly RemoteAnswer[]
  readonly steps: readonly RemoteStep[]
  readonly options?: Record<string, unknown>
}

export interface RemoteAnswer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly fails?: boolean
}

export interface RemoteStep {
  readonly at: number
  readonly verify: readonly string[]
  readonly expect: string
  /** How many requests were made by then. */
  readonly requests: number
}

export type AttackCase =
  | TokenCase
  | KeyCase
  | KeySetCase
  | OptionCase
  | SignCase
  | CacheCase
  | RemoteCase

/** The first line of the file: the keys that cases name, and when and where they are set. */
export interface AttackFixture {
  readonly now: number
  readonly issuer: string
  readonly audience: string
  readonly keys: Record<string, KeyInput>
}
