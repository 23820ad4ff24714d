import { z } from 'zod'

import { MapaeError } from '../../domain/errors.ts'
import type { RefreshSession } from '../../sessions/refresh.ts'
import type { ReadDpopProof } from '../dpop.ts'
import { readIdempotencyKey } from '../idempotency-key.ts'
import type { RefreshCookie } from '../refresh-cookie.ts'
import { openRoute } from '../route.ts'
import { tokenResponseSchema, type TokenResponse } from '../token-response.ts'

export function refreshRoute(
  refresh: RefreshSession,
  tokenResponse: TokenResponse,
  refreshCookie: RefreshCookie,
  readDpopProof: ReadDpopProof,
) {
  return openRoute({
    method: 'POST',
    path: '/v1/refresh',
    cors: 'own_web_origins',
    summary: 'Exchange a refresh token for the next pair of tokens',
    body: z.strictObject({ refresh_token: z.string().min(1).max(4096).optional() }),
    answers: { 200: tokenResponseSchema },
    errors: [
      'invalid_grant',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'origin_not_allowed',
      'server_busy',
    ],
    async handle(request) {
      const { body, headers, device } = request
      const fromCookie = body.refresh_token === undefined ? refreshCookie.read(headers) : null
      const refreshToken = body.refresh_token ?? fromCookie
      if (refreshToken === null) {
        throw new MapaeError('invalid_request', {
          detail: 'Send refresh_token in the body or the refresh cookie.',
        })
      }
      const dpopKeyThumbprint = await readDpopProof(request)
      const session = await refresh({
        refreshToken,
        idempotencyKey: readIdempotencyKey(headers),
        dpopKeyThumbprint,
        ipAddress: device.ipAddress,
      })
      const transport = fromCookie === null ? 'body' : 'cookie'
      return { status: 200, ...tokenResponse(session, transport, dpopKeyThumbprint) }
    },
  })
}
