import type { Grant } from '../token-grant.ts'
import { accessWithoutSession } from './access-without-session.ts'

/**
 * A client gets an access token for itself: no user, no session, nothing stored.
 * Spec: RFC 6749 section 4.4, RFC 9068 section 2.2.
 */
export function clientCredentialsGrant(defaultAudience: string): Grant {
  return {
    type: 'client_credentials',
    async grant(request) {
      return accessWithoutSession(request.client.id, request, defaultAudience)
    },
  }
}
