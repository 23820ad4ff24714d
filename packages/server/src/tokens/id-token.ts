import { createHash } from 'node:crypto'

import type { ClientAlgorithm } from '../domain/client.ts'
import type { KeyPurpose } from '../domain/signing-key.ts'
import { after, type Clock, type Seconds } from '../domain/time.ts'
import type { PurposeSigner } from './purpose-signer.ts'

export interface IdTokens {
  /**
   * Signs an ID token with these claims besides `iss`, `exp`, `iat` and the hashes of what comes
   * with it. Spec: OpenID Connect Core section 2 and 3.3.2.11.
   */
  mint(
    claims: Readonly<Record<string, unknown>>,
    algorithm: ClientAlgorithm,
    together: { readonly accessToken: string; readonly code: string | null },
  ): Promise<string>
}

/** The keys behind each algorithm. */
export const idTokenPurposeOf: Readonly<Record<ClientAlgorithm, KeyPurpose>> = {
  RS256: 'id_token',
  ES256: 'id_token_es256',
  EdDSA: 'id_token_eddsa',
}

/** The hash that belongs to the algorithm; Ed25519 hashes with SHA-512. */
const hashOf: Readonly<Record<ClientAlgorithm, string>> = {
  RS256: 'sha256',
  ES256: 'sha256',
  EdDSA: 'sha512',
}

export function createIdTokens(
  issuer: string,
  lifetimeSeconds: Seconds,
  sign: PurposeSigner,
  clock: Clock,
): IdTokens {
  return {
    async mint(claims, algorithm, { accessToken, code }) {
      const now = clock.seconds()
      return sign(idTokenPurposeOf[algorithm], 'JWT', {
        iss: issuer,
        ...claims,
        exp: after(now, lifetimeSeconds),
        iat: now,
        at_hash: halfHash(accessToken, algorithm),
        ...(code === null ? {} : { c_hash: halfHash(code, algorithm) }),
      })
    },
  }
}

/** The left half of the hash. Spec: OpenID Connect Core section 3.1.3.6. */
function halfHash(text: string, algorithm: ClientAlgorithm): string {
  const hash = createHash(hashOf[algorithm]).update(text).digest()
  return hash.subarray(0, hash.length / 2).toString('base64url')
}
