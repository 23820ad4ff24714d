import { z } from 'zod'

import type { Clock } from '../../domain/time.ts'
import type { IssuedTokens, TokenEndpoint } from '../../oauth/token-endpoint.ts'
import { clientRequestOf } from '../client-request.ts'
import type { ReadDpopProof } from '../dpop.ts'
import { readIdempotencyKey } from '../idempotency-key.ts'
import { oauthGrantFailure } from '../oauth-failure.ts'
import { parametersSchema } from '../parameters-schema.ts'
import type { ClientRefreshCookies } from '../refresh-cookie.ts'
import { openRoute, type Answer } from '../route.ts'

const tokenAnswerSchema = z.looseObject({
  access_token: z.string(),
  token_type: z.enum(['Bearer', 'DPoP']),
  expires_in: z.int().meta({ description: 'Seconds.' }),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  scope: z.string().optional(),
})

/** Spec: RFC 6749 section 3.2. */
export function oauthTokenRoute(
  tokenEndpoint: TokenEndpoint,
  readDpopProof: ReadDpopProof,
  refreshCookieOf: ClientRefreshCookies,
  clock: Clock,
) {
  function cookiesOf(inCookie: IssuedTokens['inCookie']): readonly string[] {
    if (inCookie === null) return []
    const { client, refreshToken, expiresAt } = inCookie
    return [refreshCookieOf(client)!.set(refreshToken, expiresAt, clock.seconds())]
  }

  return openRoute({
    method: 'POST',
    path: '/oauth/token',
    cors: 'any_or_web_origins',
    summary: 'Exchange a grant for tokens (OAuth 2.1)',
    bodyAs: 'form',
    body: parametersSchema,
    answers: { 200: tokenAnswerSchema },
    errors: [
      'invalid_grant',
      'unauthorized_client',
      'unsupported_grant_type',
      'invalid_scope',
      'invalid_target',
      'token_too_large',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'authorization_pending',
      'slow_down',
      'access_denied',
      'expired_token',
      'invalid_client',
      'origin_not_allowed',
      'too_many_attempts',
      'server_busy',
    ],
    errorsAs: 'oauth',
    failed: oauthGrantFailure,
    async handle(request): Promise<Answer> {
      const { json, inCookie } = await tokenEndpoint({
        ...clientRequestOf(request),
        device: request.device,
        idempotencyKey: readIdempotencyKey(request.headers),
        dpopKeyThumbprint: await readDpopProof(request),
        refreshCookieOf,
      })
      return {
        status: 200,
        json,
        headers: { Pragma: 'no-cache' },
        cookies: cookiesOf(inCookie),
      }
    },
  })
}
