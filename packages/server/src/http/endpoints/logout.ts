import { z } from 'zod'

import { MapaeError } from '../../domain/errors.ts'
import type { SessionId } from '../../domain/ids.ts'
import type { Stores } from '../../domain/ports.ts'
import type { EndAllSessions, EndSession } from '../../sessions/end.ts'
import type { RefreshTokens } from '../../tokens/refresh-token.ts'
import { accessTokenMissing, type Authenticate } from '../authenticate.ts'
import type { RequestToProve } from '../dpop.ts'
import type { RefreshCookie } from '../refresh-cookie.ts'
import { openRoute } from '../route.ts'

export interface LogoutServices {
  readonly stores: Stores
  readonly endSession: EndSession
  readonly endAllSessions: EndAllSessions
  readonly refreshTokens: RefreshTokens
  readonly authenticate: Authenticate
  readonly refreshCookie: RefreshCookie
}

export function logoutRoute(services: LogoutServices) {
  const { stores, endSession, endAllSessions, refreshCookie } = services
  return openRoute({
    method: 'POST',
    path: '/v1/logout',
    cors: 'own_web_origins',
    summary: 'End the session, or all sessions of its user, named by either token',
    body: z.strictObject({
      everywhere: z.boolean().default(false),
      refresh_token: z.string().min(1).max(4096).optional(),
    }),
    answers: { 204: null },
    errors: [
      'authentication_required',
      'insufficient_scope',
      'invalid_token',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'invalid_grant',
      'origin_not_allowed',
    ],
    async handle(request) {
      const { everywhere, refresh_token } = request.body
      const cookie = refreshCookie.read(request.headers)
      const sessionId = await whichSession(services, request, refresh_token ?? cookie)
      const session = await stores.sessions.find(sessionId)
      const isOver = session === null || session.endedAt !== null
      // One session that is over already is a success: that is what was asked for. But it cannot
      // speak for the others, which may be open, and nobody may be told that they ended.
      if (isOver && everywhere) throw new MapaeError('invalid_grant')
      if (!isOver) {
        if (everywhere) await endAllSessions(session.userId, 'logout_everywhere')
        else await endSession(sessionId, 'logout')
      }
      return { status: 204, cookies: cookie === null ? [] : [refreshCookie.clear()] }
    },
  })
}

/** A refresh token counts before an access token: it still works when the other has expired. */
async function whichSession(
  { refreshTokens, authenticate }: LogoutServices,
  request: RequestToProve,
  refreshToken: string | null,
): Promise<SessionId> {
  if (refreshToken !== null) {
    const { sessionId, clientId } = refreshTokens.verify(refreshToken)
    // Applications revoke their own tokens; they must not end what is not theirs.
    if (clientId === null) return sessionId
    throw new MapaeError('invalid_grant')
  }
  if (request.headers.has('authorization')) return (await authenticate(request)).sessionId
  throw accessTokenMissing()
}
