import type { Client } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'
import type { SessionId } from '../domain/ids.ts'
import type { SessionStore } from '../domain/ports.ts'
import type { EndSession } from '../sessions/end.ts'
import type { ClientAccessTokens } from '../tokens/client-access-token.ts'
import type { RefreshTokens } from '../tokens/refresh-token.ts'

export interface RevokeToken {
  /**
   * Ends the session of a token of the client: all its tokens are refused from then on. A token that
   * is over already, or no token at all, is a success.
   * Errors: `unauthorized_client` for the token of another client; `unsupported_token_type` for an
   * access token that no session of the client is behind: it lives for minutes.
   * Spec: RFC 7009 section 2.1.
   */
  (client: Client, token: string): Promise<void>
}

export function createRevokeToken(
  clientAccessTokens: ClientAccessTokens,
  refreshTokens: RefreshTokens,
  sessions: SessionStore,
  endSession: EndSession,
): RevokeToken {
  return async (client, token) => {
    const named = namedBy(token)
    if (named === null) return
    if (named.clientId !== client.id) throw new MapaeError('unauthorized_client')
    if (named.sessionId === null) throw new MapaeError('unsupported_token_type')
    const session = await sessions.find(named.sessionId)
    // A token that was exchanged belongs to the session of another application, which goes on.
    if (session !== null && session.clientId !== client.id) {
      throw new MapaeError('unsupported_token_type')
    }
    await endSession(named.sessionId, 'revoked_by_client')
  }

  function namedBy(token: string): { clientId: unknown; sessionId: SessionId | null } | null {
    try {
      return refreshTokens.verify(token)
    } catch (error) {
      if (!(error instanceof MapaeError)) throw error
    }
    try {
      const { client_id: clientId, sid = null } = clientAccessTokens.verify(token)
      return { clientId, sessionId: sid as SessionId | null }
    } catch (error) {
      if (error instanceof Error && 'code' in error) return null
      throw error
    }
  }
}
