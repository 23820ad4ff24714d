import { TokenError } from '@mapae/jwt'

import { MapaeError } from '../domain/errors.ts'
import { FIRST_PARTY_CLIENT_ID } from '../domain/session.ts'
import type { RevocationLog } from '../events/revocation-log.ts'
import type { AccessTokenIdentity, AccessTokens } from '../tokens/access-token.ts'
import { DPOP_OFFER, dpopChallenge, invalidProof, type DpopProofs } from '../tokens/dpop-proof.ts'
import type { RequestToProve } from './dpop.ts'

/** Spec: RFC 6750 section 2.1, `b64token`; RFC 9449 section 7.1. */
const CREDENTIALS = /^(?:bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)$/i
const SCHEME = /^(bearer|dpop)(?: |$)/i

export type Scheme = 'Bearer' | 'DPoP'

export interface Authenticate {
  /**
   * Tells who is asking from signature, claims and the set of ended sessions alone; and, when the
   * access token is bound to a key, from the proof that comes along.
   * Errors: `authentication_required` without an access token, `invalid_request` when the header is
   * malformed or sent twice, `invalid_token`, `invalid_dpop_proof`, `use_dpop_nonce`.
   * Spec: RFC 6750 section 3.1, RFC 9449 section 7.
   */
  (request: RequestToProve): AccessTokenIdentity | Promise<AccessTokenIdentity>
}

export function createAuthenticate(
  accessTokens: AccessTokens,
  revocations: RevocationLog,
  proofs: DpopProofs,
): Authenticate {
  async function proven(
    { method, url, headers }: RequestToProve,
    identity: AccessTokenIdentity,
    accessToken: string,
    keyThumbprint: string,
  ): Promise<AccessTokenIdentity> {
    const proof = headers.get('dpop')
    if (proof === null) throw invalidProof('missing')
    await proofs.check(proof, { method, url, bound: { accessToken, keyThumbprint } })
    return identity
  }

  return (request) => {
    const { scheme, accessToken } = readCredentials(request.headers)
    const identity = verified(accessTokens, scheme, accessToken)
    // An application gets what its user let it have, and this API is not among that.
    if (identity.clientId !== FIRST_PARTY_CLIENT_ID) throw new MapaeError('insufficient_scope')
    if (revocations.has(identity.sessionId)) throw invalidToken('session_ended', scheme)
    const { dpopKeyThumbprint } = identity
    if (scheme === 'DPoP') {
      if (dpopKeyThumbprint === null) throw invalidToken('not_bound', scheme)
      return proven(request, identity, accessToken, dpopKeyThumbprint)
    }
    // Whoever copied it must not get in by calling it something else.
    if (dpopKeyThumbprint !== null) throw invalidToken('proof_required', 'DPoP')
    return identity
  }
}

/** Says in which schemes one may come. Spec: RFC 6750 section 3, RFC 9449 section 7.1. */
export function accessTokenMissing(): MapaeError {
  return new MapaeError('authentication_required', { challenge: `Bearer, ${DPOP_OFFER}` })
}

/** The one access token of a request. Errors: `authentication_required`, `invalid_request`. */
export function readCredentials(headers: Headers): { scheme: Scheme; accessToken: string } {
  const authorization = headers.get('authorization') ?? ''
  const named = SCHEME.exec(authorization)?.[1]
  if (named === undefined) {
    throw accessTokenMissing()
  }
  const scheme = named.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
  const accessToken = CREDENTIALS.exec(authorization)?.[1]
  if (accessToken === undefined) {
    throw new MapaeError('invalid_request', {
      detail: `Send one Authorization header: ${scheme} and the access token.`,
      challenge: `${scheme} error="invalid_request"`,
    })
  }
  return { scheme, accessToken }
}

/** What a verifier says of the access token. Errors: `invalid_token`. */
export function verified<Verified>(
  accessTokens: { verify(accessToken: string): Verified },
  scheme: Scheme,
  accessToken: string,
): Verified {
  try {
    return accessTokens.verify(accessToken)
  } catch (error) {
    if (error instanceof TokenError) throw invalidToken(error.code, scheme, error)
    throw error
  }
}

/** `reason` is one of the closed codes of token errors, safe inside a quoted string. */
export function invalidToken(
  reason: string,
  scheme: Scheme = 'Bearer',
  cause?: unknown,
): MapaeError {
  return new MapaeError('invalid_token', {
    members: { reason },
    challenge:
      scheme === 'DPoP'
        ? dpopChallenge('invalid_token', reason)
        : `Bearer error="invalid_token", error_description="${reason}"`,
    cause,
  })
}
