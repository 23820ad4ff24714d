import { createKeySet, createVerifier, decodeUnverified, TokenError } from '@mapae/jwt'

import { idTokenPurposeOf } from './id-token.ts'
import type { SigningKeys } from './signing-keys.ts'

/** Of whom and for whom an ID token of this issuer is. */
export interface IdTokenHint {
  readonly clientId: string
  readonly subject: string
}

/**
 * Reads an ID token that comes back as a hint: it may have expired since, but must be one of ours.
 * Null when it is not. Spec: OpenID Connect Core section 3.1.2.1, `id_token_hint`.
 */
export function createReadIdTokenHint(
  issuer: string,
  signingKeys: SigningKeys,
): (idToken: string) => IdTokenHint | null {
  return (idToken) => {
    try {
      const { iat, aud } = decodeUnverified(idToken).claims
      if (typeof iat !== 'number' || typeof aud !== 'string') return null
      const keys = Object.values(idTokenPurposeOf).flatMap(
        (purpose) => signingKeys.of(purpose).verifying.keys,
      )
      const verify = createVerifier({
        keys: createKeySet(keys),
        issuer,
        audience: aud,
        typ: 'JWT',
        requiredClaims: ['sub', 'iat', 'sid'],
        // As it was when it was signed; the signature is looked at in any case.
        clock: () => iat,
      })
      return { clientId: aud, subject: verify(idToken).sub as string }
    } catch (error) {
      if (error instanceof TokenError) return null
      throw error
    }
  }
}
