import { TokenError } from '@mapae/jwt'

import { MapaeError } from '../domain/errors.ts'
import type { EndedSessions } from '../events/ended-sessions.ts'
import type { AccessTokenIdentity, AccessTokens } from '../tokens/access-token.ts'

/** Spec: RFC 6750 section 2.1, `b64token`. */
const BEARER_CREDENTIALS = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i
const BEARER_SCHEME = /^bearer(?: |$)/i

export interface Authenticate {
  /**
   * Tells who is asking from signature, claims and the set of ended sessions alone.
   * Errors: `authentication_required` without a bearer token, `invalid_request` when the header is
   * malformed or sent twice, `invalid_token`. Spec: RFC 6750 section 3.1.
   */
  (headers: Headers): AccessTokenIdentity
}

export function createAuthenticate(
  accessTokens: AccessTokens,
  endedSessions: EndedSessions,
): Authenticate {
  return (headers) => {
    const authorization = headers.get('authorization')
    if (authorization === null || !BEARER_SCHEME.test(authorization)) {
      throw new MapaeError('authentication_required', { challenge: 'Bearer' })
    }
    const accessToken = BEARER_CREDENTIALS.exec(authorization)?.[1]
    if (accessToken === undefined) {
      throw new MapaeError('invalid_request', {
        detail: 'Send one Authorization header: Bearer and the access token.',
        challenge: 'Bearer error="invalid_request"',
      })
    }
    const identity = verified(accessTokens, accessToken)
    if (endedSessions.has(identity.sessionId)) throw invalidToken('session_ended')
    return identity
  }
}

function verified(accessTokens: AccessTokens, accessToken: string): AccessTokenIdentity {
  try {
    return accessTokens.verify(accessToken)
  } catch (error) {
    if (error instanceof TokenError) throw invalidToken(error.code, error)
    throw error
  }
}

/** `reason` is one of the closed codes of token errors, safe inside a quoted string. */
export function invalidToken(reason: string, cause?: unknown): MapaeError {
  return new MapaeError('invalid_token', {
    members: { reason },
    challenge: `Bearer error="invalid_token", error_description="${reason}"`,
    cause,
  })
}
