import type { ClientAlgorithm } from '../domain/client.ts'
import { after, type Clock, type Seconds } from '../domain/time.ts'
import { idTokenPurposeOf } from './id-token.ts'
import type { PurposeSigner } from './purpose-signer.ts'

/** Long enough to arrive; what it says is already old by then. */
const LIFETIME_SECONDS = 60 as Seconds

export interface IntrospectionTokens {
  /** A signed answer for the one that asked. Spec: RFC 9701 section 5. */
  mint(clientId: string, introspection: object, algorithm: ClientAlgorithm): Promise<string>
}

export function createIntrospectionTokens(
  issuer: string,
  sign: PurposeSigner,
  clock: Clock,
): IntrospectionTokens {
  return {
    async mint(clientId, introspection, algorithm) {
      const now = clock.seconds()
      return sign(idTokenPurposeOf[algorithm], 'token-introspection+jwt', {
        iss: issuer,
        aud: clientId,
        iat: now,
        exp: after(now, LIFETIME_SECONDS),
        token_introspection: introspection,
      })
    },
  }
}
