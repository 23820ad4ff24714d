import { z } from 'zod'

import type { Stores } from '../../domain/ports.ts'
import type { ClientRegistry } from '../../oauth/client-registry.ts'
import { claimsAbout } from '../../oauth/user-claims.ts'
import type { UserinfoTokens } from '../../tokens/userinfo-token.ts'
import { invalidToken } from '../authenticate.ts'
import { requireScope, type AuthenticateApplication } from '../authenticate-application.ts'
import { oauthFailure } from '../oauth-failure.ts'
import { openRoute, type Answer, type Route, type RouteRequest } from '../route.ts'

export interface UserinfoRouteServices {
  readonly stores: Pick<Stores, 'sessions' | 'users'>
  readonly clients: ClientRegistry
  readonly authenticateApplication: AuthenticateApplication
  readonly userinfoTokens: UserinfoTokens
}

/** What else a form says is left out, as in every form of OAuth. */
const formSchema = z.object({ access_token: z.string().max(8192).optional() })

/** Spec: OpenID Connect Core section 5.3: by GET, and by POST with the access token in either place. */
export function oauthUserinfoRoutes(services: UserinfoRouteServices): readonly Route[] {
  const { stores, clients, authenticateApplication, userinfoTokens } = services

  async function answer(request: RouteRequest, accessTokenInForm?: string): Promise<Answer> {
    const identity = await authenticateApplication(request, accessTokenInForm)
    requireScope(identity, 'openid')
    const { clientId, sessionId, subject, scopes, scheme } = identity
    const session = sessionId === null ? null : await stores.sessions.find(sessionId)
    const user = session === null ? null : await stores.users.find(session.userId)
    if (session === null || session.endedAt !== null || user === null) {
      throw invalidToken('session_ended', scheme)
    }
    const asked = claimsAbout(user, scopes, session.requestedClaims?.userinfo)
    const claims = { ...asked, sub: subject }
    const algorithm = clients.find(clientId)?.userinfoAlgorithm ?? null
    if (algorithm === null) return { status: 200, json: claims }
    const text = await userinfoTokens.mint(clientId, claims, algorithm)
    return { status: 200, text, headers: { 'Content-Type': 'application/jwt' } }
  }

  const facts = {
    path: '/oauth/userinfo',
    cors: 'any_or_web_origins',
    summary: 'Claims about the user of the access token (OpenID Connect)',
    answers: { 200: z.looseObject({ sub: z.string() }) },
    errors: [
      'invalid_request',
      'authentication_required',
      'invalid_token',
      'insufficient_scope',
      'invalid_dpop_proof',
      'use_dpop_nonce',
    ],
    errorsAs: 'oauth',
    failed: oauthFailure,
  } as const
  return [
    openRoute({ ...facts, method: 'GET', body: null, handle: (request) => answer(request) }),
    openRoute({
      ...facts,
      method: 'POST',
      bodyAs: 'form',
      body: formSchema,
      handle: (request) => answer(request, request.body.access_token),
    }),
  ]
}
