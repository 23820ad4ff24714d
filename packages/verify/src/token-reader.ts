import {
  createTokenCache,
  createVerifier,
  OptionError,
  TokenError,
  type VerifierOptions,
} from '@mapae/jwt'

import { REQUIRED_CLAIMS, type AccessTokenClaims } from './claims.ts'
import type { RemoteIssuer } from './issuer/remote-issuer.ts'

/**
 * Verifies access tokens. Answers at once where the keys are there and the runtime can; otherwise
 * with a promise. Throws, or rejects with, `TokenError`.
 */
export type ReadToken = (accessToken: string) => AccessTokenClaims | Promise<AccessTokenClaims>

export interface TokenPolicy {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly clockToleranceSeconds: number
  readonly maxTokens: number
  readonly clock: () => number
}

/** Spec: RFC 9068 §4. Other types of token, ID and refresh tokens among them, have another `typ`. */
export function createReadToken(policy: TokenPolicy, issuer: RemoteIssuer): ReadToken {
  const { maxTokens, audience, clockToleranceSeconds, clock } = policy
  const options: Omit<VerifierOptions, 'keys'> = {
    issuer: policy.issuer,
    audience,
    clockToleranceSeconds,
    clock,
    typ: 'at+jwt',
    requiredClaims: REQUIRED_CLAIMS,
    // Digests only: a dump of the memory must hold no usable token.
    cache: createTokenCache({ maxTokens, keeps: 'digest' }),
  }
  const verify = createVerifier({ ...options, keys: issuer.keysAtHand })
  const waiting = createVerifier({ ...options, keys: issuer.keys })
  const verifyLater = async (token: string) => (await waiting.async(token)) as AccessTokenClaims
  let isSync = true

  return (accessToken) => {
    if (!issuer.isReady() || !isSync) return verifyLater(accessToken)
    try {
      return verify(accessToken) as AccessTokenClaims
    } catch (error) {
      if (error instanceof OptionError && error.code === 'sync_unavailable') {
        isSync = false
        return verifyLater(accessToken)
      }
      // A key may have come since: the other way looks, not more often than a cool-down allows.
      if (error instanceof TokenError && error.code === 'key_unknown') {
        return verifyLater(accessToken)
      }
      throw error
    }
  }
}
