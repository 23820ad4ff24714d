import type { Claims } from './claims.ts'
import { OptionError, TokenError } from './errors.ts'
import { createHeaderReader } from './header-reader.ts'
import { Key } from './key.ts'
import { toKeyProvider, type KeyProvider } from './key-set.ts'
import { checkOptionNames } from './option-names.ts'
import {
  checkClaims,
  checkPolicy,
  checkTimes,
  policyOptionNames,
  type PolicyOptions,
} from './policy.ts'
import type { TokenCache } from './token-cache.ts'
import { checkMaxTokenLength, findSecondDot, parsePart } from './token-parts.ts'
import {
  checkSignature,
  checkSignatureAsync,
  digestText,
  digestTextAsync,
  hasSync,
} from '#platform'

export interface VerifierOptions extends PolicyOptions {
  /** One key, several, a key set, or remote keys. */
  readonly keys: Key | readonly Key[] | KeyProvider
  /** Longest token read, in characters, 16 to 1,048,576. Default 8,192. */
  readonly maxTokenLength?: number | undefined
  /** Made by `createTokenCache`, to remember tokens that verified. Default: none. */
  readonly cache?: TokenCache | undefined
}

/** Verifies tokens against one policy. */
export interface Verifier {
  /** Returns the frozen claims, or throws a {@link TokenError}. */
  (token: string): Claims
  /** The same for remote keys and for runtimes with WebCrypto only. */
  async(token: string): Promise<Claims>
}

const optionNames = [...policyOptionNames, 'keys', 'maxTokenLength', 'cache']

/**
 * Make a verifier. What it accepts is settled here: nothing in a token chooses an algorithm or a key.
 *
 * Spec: RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725 §3.
 * Errors: {@link OptionError} and {@link KeyError} here; {@link TokenError} from the verifier;
 * `sync_unavailable` ({@link OptionError}) when called without `.async` where that is needed.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  checkOptionNames(options, optionNames, 'options')
  if (options.cache !== undefined && typeof options.cache?.openTable !== 'function') {
    throw new OptionError('option_invalid', 'cache')
  }
  const keys = toKeyProvider(options.keys)
  const policy = checkPolicy(options)
  const maxTokenLength = checkMaxTokenLength(options.maxTokenLength)
  const cache = options.cache?.openTable()
  const keepsDigest = options.cache?.keeps === 'digest'
  const headers = createHeaderReader(keys, policy.typ)
  const syncPossible = hasSync && keys.refresh === undefined

  const recall = (name: string): Claims | undefined => {
    const claims = cache!.find(name, keys.epoch)
    if (claims !== undefined) checkTimes(policy, claims)
    return claims
  }

  const verify = (token: string): Claims => {
    if (!syncPossible) throw new OptionError('sync_unavailable', 'keys')
    checkLength(token, maxTokenLength)
    let name = token
    if (cache !== undefined) {
      if (keepsDigest) name = digestText(token)
      const cached = recall(name)
      if (cached !== undefined) return cached
    }
    const firstDot = token.indexOf('.')
    const secondDot = findSecondDot(token, firstDot)
    const header = headers.read(token, firstDot)
    const failure = checkSignature(Key.materialOf(header.key), token, secondDot)
    if (failure !== undefined) throw new TokenError(failure)
    headers.remember(header)
    const claims = checkClaims(policy, parsePart(token.slice(firstDot + 1, secondDot), true))
    cache?.add(name, header.epoch, claims)
    return claims
  }

  const verifyAsync = async (token: string): Promise<Claims> => {
    checkLength(token, maxTokenLength)
    await keys.refresh?.()
    let name = token
    if (cache !== undefined) {
      if (keepsDigest) name = await digestTextAsync(token)
      const cached = recall(name)
      if (cached !== undefined) return cached
    }
    const firstDot = token.indexOf('.')
    const secondDot = findSecondDot(token, firstDot)
    const header = await headers.readFresh(token, firstDot)
    const failure = await checkSignatureAsync(Key.materialOf(header.key), token, secondDot)
    if (failure !== undefined) throw new TokenError(failure)
    headers.remember(header)
    const claims = checkClaims(policy, parsePart(token.slice(firstDot + 1, secondDot), true))
    cache?.add(name, header.epoch, claims)
    return claims
  }

  return Object.assign(verify, { async: verifyAsync })
}

function checkLength(token: unknown, maxTokenLength: number): asserts token is string {
  if (typeof token !== 'string') throw new TokenError('token_malformed')
  if (token.length > maxTokenLength) throw new TokenError('token_too_long')
}
