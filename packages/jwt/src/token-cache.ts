import type { Claims } from './claims.ts'
import { OptionError } from './errors.ts'
import { checkOptionNames } from './option-names.ts'

/** A cache of tokens that verified: off unless asked for. */
export interface TokenCacheOptions {
  /** Tokens kept, 16 to 1,048,576; rounded up to a power of two. Default 1,024. */
  readonly maxTokens?: number | undefined
  /**
   * What a token is known by. `token`: the token itself, which is fastest. `digest`: its SHA-256,
   * so that a memory dump holds no usable token. Default `token`.
   */
  readonly keeps?: 'token' | 'digest' | undefined
}

/** What `createVerifier` takes as its `cache`; each verifier opens a table of its own. */
export interface TokenCache {
  readonly keeps: 'token' | 'digest'
  readonly openTable: () => TokenTable
}

/** One verifier's table, and so bound to that verifier's policy. */
export interface TokenTable {
  /** The claims of exactly this token, or digest of it, if it verified under these keys. */
  find(token: string, epoch: number): Claims | undefined
  /** Remember a token (or digest) that verified. */
  add(token: string, epoch: number, claims: Claims): void
}

interface Entry {
  readonly token: string
  readonly epoch: number
  readonly claims: Claims
}

/**
 * Let a verifier remember the tokens that it verified: bounded, compared as a whole, forgotten when
 * the keys change; `exp` and `nbf` are checked again at every use. A token is never an identity (an
 * ECDSA signature has a twin that is as valid): revoke by `sid` or `jti`.
 *
 * Spec: RFC 7519 §7.2 (all checks hold at every use), RFC 8725 §3.
 * Errors: `option_invalid`, `option_unknown` ({@link OptionError}).
 */
export function createTokenCache(options: TokenCacheOptions = {}): TokenCache {
  checkOptionNames(options, ['maxTokens', 'keeps'], 'cache')
  const { maxTokens = 1024, keeps = 'token' } = options
  if (!Number.isInteger(maxTokens) || maxTokens < 16 || maxTokens > 1_048_576) {
    throw new OptionError('option_invalid', 'maxTokens')
  }
  if (keeps !== 'token' && keeps !== 'digest') throw new OptionError('option_invalid', 'keeps')
  return Object.freeze({ keeps, openTable: () => openTable(maxTokens) })
}

const ways = 4

/**
 * A table of sets of four, found by characters near the end of the signature, which nobody without
 * the key can choose. So a fresh string costs no hash over its whole length; it is then compared as
 * a whole.
 */
function openTable(maxTokens: number): TokenTable {
  const size = 2 ** Math.ceil(Math.log2(maxTokens))
  const entries: (Entry | undefined)[] = Array.from({ length: size })
  const lastSet = size / ways - 1

  return {
    find(token, epoch) {
      const start = setOf(token, lastSet)
      for (let index = start; index < start + ways; index++) {
        const entry = entries[index]
        if (entry === undefined) return undefined
        if (entry.token === token) return entry.epoch === epoch ? entry.claims : undefined
      }
      return undefined
    },
    add(token, epoch, claims) {
      const start = setOf(token, lastSet)
      let index = start
      while (
        index < start + ways - 1 &&
        entries[index] !== undefined &&
        entries[index]!.token !== token
      ) {
        index++
      }
      // The newest goes first and the oldest of the set falls out.
      for (; index > start; index--) entries[index] = entries[index - 1]
      entries[start] = { token, epoch, claims }
    },
  }
}

/** Where the set of a token begins; the very last character has loose bits and is left out. */
function setOf(token: string, lastSet: number): number {
  const end = token.length - 1
  let hash = 0
  for (let index = end - 5; index < end; index++) hash = (hash * 67 + token.charCodeAt(index)) | 0
  return (hash & lastSet) * ways
}
