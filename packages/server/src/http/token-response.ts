import { z } from 'zod'

import type { Session } from '../domain/session.ts'
import type { Clock } from '../domain/time.ts'
import type { AccessTokens } from '../tokens/access-token.ts'
import type { RefreshTokens } from '../tokens/refresh-token.ts'
import type { RefreshCookie } from './refresh-cookie.ts'
import type { Answer } from './route.ts'

/** Where the refresh token travels. */
export const transportSchema = z.enum(['body', 'cookie'])
export type Transport = z.infer<typeof transportSchema>

/** Spec: RFC 6749 section 5.1. */
export const tokenResponseSchema = z.object({
  access_token: z.string(),
  token_type: z
    .enum(['Bearer', 'DPoP'])
    .meta({ description: 'DPoP: the access token comes with a proof of its key.' }),
  expires_in: z.int().meta({ description: 'Seconds.' }),
  refresh_token: z.string().optional().meta({ description: 'With transport "body" only.' }),
  scope: z.string().optional(),
})

export interface TokenResponse {
  /**
   * Mints both tokens of the session as it is stored now. The access token is bound to the key of
   * the session; when that has none, to the one that this request proved to hold.
   */
  (
    session: Session,
    transport: Transport,
    provenKeyThumbprint?: string | null,
  ): {
    readonly json: z.infer<typeof tokenResponseSchema>
    readonly cookies: NonNullable<Answer['cookies']>
  }
}

export function createTokenResponse(
  accessTokens: AccessTokens,
  refreshTokens: RefreshTokens,
  refreshCookie: RefreshCookie,
  clock: Clock,
): TokenResponse {
  return (session, transport, provenKeyThumbprint = null) => {
    const dpopKeyThumbprint = session.dpopKeyThumbprint ?? provenKeyThumbprint
    const bound =
      dpopKeyThumbprint === session.dpopKeyThumbprint ? session : { ...session, dpopKeyThumbprint }
    const { accessToken, expiresInSeconds } = accessTokens.mint(bound)
    const refreshToken = refreshTokens.mint(session)
    return {
      json: {
        access_token: accessToken,
        token_type: dpopKeyThumbprint === null ? 'Bearer' : 'DPoP',
        expires_in: expiresInSeconds,
        ...(transport === 'body' ? { refresh_token: refreshToken } : {}),
        ...(session.scope === null ? {} : { scope: session.scope }),
      },
      cookies:
        transport === 'cookie'
          ? [refreshCookie.set(refreshToken, session.idleExpiresAt, clock.seconds())]
          : [],
    }
  }
}
