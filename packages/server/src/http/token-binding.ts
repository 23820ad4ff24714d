import type { Claims } from '@mapae/jwt'

import { confirmedKey } from '../tokens/access-token.ts'
import { invalidProof, type DpopProofs } from '../tokens/dpop-proof.ts'
import { invalidToken, verified, type Scheme } from './authenticate.ts'
import type { RequestToProve } from './dpop.ts'
import type { RouteRequest } from './route.ts'

/** What of a request an access token may be bound to. Spec: RFC 9449 section 7, RFC 8705 section 3. */
export type BoundRequest = RequestToProve & Pick<RouteRequest, 'certificate'>

export interface CheckBinding {
  /**
   * Whether a verified access token is presented by whom it is bound to, and in the scheme that
   * belongs to that. Errors: `invalid_token`, `invalid_dpop_proof`, `use_dpop_nonce`.
   */
  (request: BoundRequest, claims: Claims, scheme: Scheme, accessToken: string): Promise<void>
}

export function createCheckBinding(proofs: DpopProofs): CheckBinding {
  return async ({ method, url, headers, certificate }, { cnf = {} }, scheme, accessToken) => {
    const { 'x5t#S256': ofCertificate, ...ofKey } = Object(cnf) as Record<string, unknown>
    if (ofCertificate !== undefined && certificate()?.thumbprint !== ofCertificate) {
      throw invalidToken('certificate_mismatch', scheme)
    }
    if (Object.keys(ofKey).length === 0) {
      if (scheme === 'DPoP') throw invalidToken('not_bound', scheme)
      return
    }
    const keyThumbprint = verified({ verify: () => confirmedKey(ofKey) }, scheme, accessToken)
    // Whoever copied it must not get in by calling it something else.
    if (scheme !== 'DPoP') throw invalidToken('proof_required', 'DPoP')
    const proof = headers.get('dpop')
    if (proof === null) throw invalidProof('missing')
    await proofs.check(proof, { method, url, bound: { accessToken, keyThumbprint } })
  }
}
