import type { ClientAlgorithm } from '../domain/client.ts'
import { after, type Clock, type Seconds } from '../domain/time.ts'
import { idTokenPurposeOf } from './id-token.ts'
import type { PurposeSigner } from './purpose-signer.ts'

/** Long enough to arrive; what it says is already old by then. */
const LIFETIME_SECONDS = 60 as Seconds

export interface UserinfoTokens {
  /** Signs user info for the client that asked. Spec: OpenID Connect Core section 5.3.2. */
  mint(
    clientId: string,
    claims: Readonly<Record<string, unknown>>,
    algorithm: ClientAlgorithm,
  ): Promise<string>
}

export function createUserinfoTokens(
  issuer: string,
  sign: PurposeSigner,
  clock: Clock,
): UserinfoTokens {
  return {
    async mint(clientId, claims, algorithm) {
      const now = clock.seconds()
      // A type of its own: with the issuer, the client and the user in it, it could pass for an ID
      // token, and an access token is enough to get it. Spec: RFC 8725 section 3.11.
      return sign(idTokenPurposeOf[algorithm], 'userinfo+jwt', {
        ...claims,
        iss: issuer,
        aud: clientId,
        iat: now,
        exp: after(now, LIFETIME_SECONDS),
      })
    },
  }
}
