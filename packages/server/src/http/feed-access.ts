import { MapaeError } from '../domain/errors.ts'
import type { Authenticate } from './authenticate.ts'
import type { RequestToProve } from './dpop.ts'

const SCOPE = 'revocations'

export interface FeedAccess {
  /**
   * Rejects unless the caller may read the feed. Errors: those of `Authenticate`, and
   * `insufficient_scope`. Spec: RFC 6750 section 3.1.
   */
  (request: RequestToProve): Promise<void>
}

/** A user's access token does not open the feed, whatever the user may do. */
export function createFeedAccess(
  mode: 'public' | 'private',
  authenticate: Authenticate,
): FeedAccess {
  return async (request) => {
    if (mode === 'public') return
    await authenticate(request)
    throw new MapaeError('insufficient_scope', {
      challenge: `Bearer error="insufficient_scope", scope="${SCOPE}"`,
    })
  }
}
