import { TokenError, type Claims } from '@mapae/jwt'

import { MapaeError } from '../domain/errors.ts'
import type { UnixSeconds } from '../domain/time.ts'
import type { ClientRegistry } from '../oauth/client-registry.ts'
import type { ClientAccessTokens } from '../tokens/client-access-token.ts'
import { invalidProof, type DpopProofs } from '../tokens/dpop-proof.ts'
import { invalidToken, readCredentials } from './authenticate.ts'
import type { RequestToProve } from './dpop.ts'

const SCOPE = 'revocations'

export interface FeedReader {
  readonly clientId: string
  /** When its access token does, so does a stream that was opened with it. */
  readonly expiresAt: UnixSeconds
}

export interface FeedAccess {
  /**
   * Which client reads the feed: one that got an access token for itself, for this issuer and with
   * the scope `revocations`. Errors: `authentication_required`, `invalid_request`, `invalid_token`,
   * `invalid_dpop_proof`, `use_dpop_nonce`, `insufficient_scope`. Spec: RFC 6750 section 3.1.
   */
  (request: RequestToProve): Promise<FeedReader>
}

export interface FeedAccessServices {
  readonly issuer: string
  readonly clientAccessTokens: ClientAccessTokens
  readonly clients: ClientRegistry
  readonly dpopProofs: DpopProofs
}

/** A user's access token does not open the feed, whatever the user may do. */
export function createFeedAccess(services: FeedAccessServices): FeedAccess {
  const { issuer, clientAccessTokens, clients, dpopProofs } = services

  return async (request) => {
    const { scheme, accessToken } = readCredentials(request.headers)
    const claims = verified(clientAccessTokens, scheme, accessToken)
    const clientId = claims['client_id'] as string
    const keyThumbprint = boundTo(claims, scheme)
    if (keyThumbprint !== null) {
      const { method, url, headers } = request
      const proof = headers.get('dpop')
      if (proof === null) throw invalidProof('missing')
      await dpopProofs.check(proof, { method, url, bound: { accessToken, keyThumbprint } })
    }
    const isForFeed = [claims.aud].flat().includes(issuer) && scopesOf(claims).includes(SCOPE)
    if (!isForFeed || claims.sub !== clientId || claims['sid'] !== undefined) {
      throw new MapaeError('insufficient_scope', {
        challenge: `${scheme} error="insufficient_scope", scope="${SCOPE}"`,
      })
    }
    if (clients.find(clientId) === null) throw invalidToken('client_disabled', scheme)
    return { clientId, expiresAt: claims.exp as UnixSeconds }
  }
}

function scopesOf({ scope }: Claims): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ') : []
}

function verified(
  clientAccessTokens: ClientAccessTokens,
  scheme: 'Bearer' | 'DPoP',
  accessToken: string,
): Claims {
  try {
    return clientAccessTokens.verify(accessToken)
  } catch (error) {
    if (error instanceof TokenError) throw invalidToken(error.code, scheme, error)
    throw error
  }
}

/** The key whose proof must come along; a token that is bound in another way is nobody's here. */
function boundTo({ cnf }: Claims, scheme: 'Bearer' | 'DPoP'): string | null {
  if (cnf === undefined) {
    if (scheme === 'DPoP') throw invalidToken('not_bound', scheme)
    return null
  }
  const { jkt, ...others } = Object(cnf) as Record<string, unknown>
  if (typeof jkt !== 'string' || Object.keys(others).length > 0) {
    throw invalidToken('claim_invalid', scheme)
  }
  if (scheme === 'Bearer') throw invalidToken('proof_required', 'DPoP')
  return jkt
}
