import type { Claims } from '@mapae/jwt'

import { MapaeError } from '../domain/errors.ts'
import type { UnixSeconds } from '../domain/time.ts'
import type { ClientRegistry } from '../oauth/client-registry.ts'
import type { ClientAccessTokens } from '../tokens/client-access-token.ts'
import type { DpopProofs } from '../tokens/dpop-proof.ts'
import { invalidToken, readCredentials, verified } from './authenticate.ts'
import { createCheckBinding, type BoundRequest } from './token-binding.ts'

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
  (request: BoundRequest): Promise<FeedReader>
}

export interface FeedAccessServices {
  readonly issuer: string
  readonly clientAccessTokens: ClientAccessTokens
  readonly clients: ClientRegistry
  readonly dpopProofs: DpopProofs
}

/** A user's access token does not open the feed, whatever the user may do. */
export function createFeedAccess(services: FeedAccessServices): FeedAccess {
  const { issuer, clientAccessTokens, clients } = services
  const checkBinding = createCheckBinding(services.dpopProofs)

  return async (request) => {
    const { scheme, accessToken } = readCredentials(request.headers)
    const claims = verified(clientAccessTokens, scheme, accessToken)
    const clientId = claims['client_id'] as string
    await checkBinding(request, claims, scheme, accessToken)
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
