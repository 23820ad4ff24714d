import type { DpopProofs } from '../tokens/dpop-proof.ts'
import type { RouteRequest } from './route.ts'

/** What of a request a proof is about. */
export type RequestToProve = Pick<RouteRequest, 'method' | 'url' | 'headers'>

export interface ReadDpopProof {
  /**
   * The thumbprint of the key that the sender proves to hold; null without a proof. Counts the
   * proof as used. Errors: `invalid_dpop_proof`, `use_dpop_nonce`. Spec: RFC 9449 sections 4.1, 5.
   */
  (request: RequestToProve): Promise<string | null>
}

/** For requests without an access token; several headers come as one that is no proof. */
export function createReadDpopProof(proofs: DpopProofs): ReadDpopProof {
  return async ({ method, url, headers }) => {
    const proof = headers.get('dpop')
    return proof === null ? null : proofs.check(proof, { method, url })
  }
}
