import {
  createVerifier,
  decodeUnverified,
  TokenError,
  type Claims,
  type ClaimsToSign,
  type Verifier,
} from '@mapae/jwt'
import { CompactEncrypt, importJWK } from 'jose'

import type { ClientAlgorithm, PublicJwk } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import type { Random } from '../domain/ids.ts'
import type { KeyPurpose } from '../domain/signing-key.ts'
import { after, earlier, type Clock, type Seconds, type UnixSeconds } from '../domain/time.ts'
import { overBudget, type AccessTokenSettings } from './access-token.ts'
import type { PurposeSigner } from './purpose-signer.ts'
import type { SigningKeys } from './signing-keys.ts'

const JTI_BYTES = 8
/** One an audience that this issuer signed. */
const MOST_VERIFIERS = 100

/** How a client or its resource server wants its access tokens. */
export interface AccessTokenShape {
  readonly algorithm: ClientAlgorithm
  readonly lifetimeSeconds: Seconds
  /** Not beyond this. */
  readonly until: UnixSeconds | null
  /** Whoever holds the private key alone may read what is inside. */
  readonly encryptionJwk: PublicJwk | null
}

export interface ClientAccessTokens {
  /**
   * Signs an access token with these claims besides `iss`, `exp`, `iat` and `jti`.
   * Errors: `token_too_large`; which claims those are is its cause.
   */
  mint(
    claims: Readonly<Record<string, unknown>>,
    shape: AccessTokenShape,
  ): Promise<{ readonly accessToken: string; readonly expiresInSeconds: Seconds }>
  /**
   * The claims of any access token that this issuer signed, whomever it is for. Throws `TokenError`.
   */
  verify(accessToken: string): Claims
  /** The same; null when it is none. */
  find(accessToken: string): Claims | null
}

/** The keys behind each algorithm. */
export const accessTokenPurposeOf: Readonly<Record<ClientAlgorithm, KeyPurpose>> = {
  ES256: 'access_token',
  RS256: 'access_token_rs256',
  EdDSA: 'access_token_eddsa',
}

/** Access tokens of applications, for any resource server. Spec: RFC 9068. */
export function createClientAccessTokens(
  { issuer, lifetimeSeconds, budgetBytes }: AccessTokenSettings,
  signingKeys: SigningKeys,
  sign: PurposeSigner,
  clock: Clock,
  random: Random,
): ClientAccessTokens {
  const verifiers = new Map<string, Verifier>()

  return {
    async mint(claims, shape) {
      const now = clock.seconds()
      const wanted = after(now, shape.lifetimeSeconds)
      const expiresAt = shape.until === null ? wanted : earlier(wanted, shape.until)
      const whole: ClaimsToSign = {
        iss: issuer,
        ...claims,
        exp: expiresAt,
        iat: now,
        jti: Buffer.from(random(JTI_BYTES)).toString('base64url'),
      }
      const signed = await sign(accessTokenPurposeOf[shape.algorithm], 'at+jwt', whole)
      if (signed.length > budgetBytes) {
        const cause = new Error(overBudget(signed.length, budgetBytes, whole))
        throw new MapaeError('token_too_large', { cause })
      }
      const { encryptionJwk } = shape
      const accessToken = encryptionJwk === null ? signed : await encrypt(signed, encryptionJwk)
      return { accessToken, expiresInSeconds: (expiresAt - now) as Seconds }
    },

    verify,
    find(accessToken) {
      try {
        return verify(accessToken)
      } catch (error) {
        if (error instanceof TokenError) return null
        throw error
      }
    },
  }

  function verify(accessToken: string): Claims {
    const audience = audienceIn(accessToken)
    const verifier = verifiers.get(audience) ?? verifierFor(audience)
    const claims = verifier(accessToken)
    // Not before: else who makes audiences up takes the places of those that there are.
    if (verifiers.size < MOST_VERIFIERS) verifiers.set(audience, verifier)
    // Ended sessions are remembered for one lifetime.
    if (after(claims.iat as UnixSeconds, lifetimeSeconds) <= clock.seconds()) {
      throw new TokenError('too_old')
    }
    return claims
  }

  function verifierFor(audience: string): Verifier {
    return createVerifier({
      keys: signingKeys.anyAccessToken,
      issuer,
      audience,
      typ: 'at+jwt',
      requiredClaims: ['sub', 'jti', 'client_id', 'iat'],
      clock: () => clock.seconds(),
    })
  }
}

/** Whom it is for is looked at by the caller, so that the audience in it is taken as it is. */
function audienceIn(accessToken: string): string {
  const { aud } = decodeUnverified(accessToken).claims
  const audience = [aud].flat().find((one) => typeof one === 'string' && one !== '')
  if (typeof audience !== 'string') throw new TokenError('claim_missing', 'aud')
  return audience
}

/** Nested: first signed, then encrypted. Spec: RFC 7519 section 5.2, RFC 9068 section 6. */
async function encrypt(signed: string, jwk: PublicJwk): Promise<string> {
  const alg = typeof jwk['alg'] === 'string' ? jwk['alg'] : defaultAlgorithm(jwk)
  const kid = typeof jwk['kid'] === 'string' ? { kid: jwk['kid'] } : {}
  return new CompactEncrypt(new TextEncoder().encode(signed))
    .setProtectedHeader({ alg, enc: 'A256GCM', cty: 'at+jwt', typ: 'at+jwt', ...kid })
    .encrypt(await importJWK(jwk, alg))
}

function defaultAlgorithm(jwk: PublicJwk): string {
  return jwk['kty'] === 'RSA' ? 'RSA-OAEP-256' : 'ECDH-ES'
}
