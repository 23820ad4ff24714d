import { z } from 'zod'

import type { Stores } from '../../domain/ports.ts'
import { claimsAbout } from '../../oauth/user-claims.ts'
import { invalidToken } from '../authenticate.ts'
import { requireScope, type AuthenticateApplication } from '../authenticate-application.ts'
import { oauthFailure } from '../oauth-failure.ts'
import { openRoute, type Answer, type Route, type RouteRequest } from '../route.ts'

/** Spec: OpenID Connect Core section 5.3: by GET and by POST. */
export function oauthUserinfoRoutes(
  { sessions, users }: Pick<Stores, 'sessions' | 'users'>,
  authenticate: AuthenticateApplication,
): readonly Route[] {
  async function answer(request: RouteRequest): Promise<Answer> {
    const identity = await authenticate(request)
    requireScope(identity, 'openid')
    const { sessionId, subject, scopes } = identity
    const session = sessionId === null ? null : await sessions.find(sessionId)
    const user = session === null ? null : await users.find(session.userId)
    if (session === null || session.endedAt !== null || user === null) {
      throw invalidToken('session_ended')
    }
    const claims = claimsAbout(user, scopes, session.requestedClaims?.userinfo)
    return { status: 200, json: { ...claims, sub: subject } }
  }

  const facts = {
    path: '/oauth/userinfo',
    cors: 'any_or_web_origins',
    summary: 'Claims about the user of the access token (OpenID Connect)',
    answers: { 200: z.looseObject({ sub: z.string() }) },
    errors: [
      'authentication_required',
      'invalid_token',
      'insufficient_scope',
      'invalid_dpop_proof',
      'use_dpop_nonce',
    ],
    errorsAs: 'oauth',
    failed: oauthFailure,
    body: null,
    handle: answer,
  } as const
  return [openRoute({ ...facts, method: 'GET' }), openRoute({ ...facts, method: 'POST' })]
}
