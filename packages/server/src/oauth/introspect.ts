import type { Client } from '../domain/client.ts'
import type { SessionId } from '../domain/ids.ts'
import type { SessionStore } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import { isOpen } from '../sessions/rotation.ts'
import type { ClientAccessTokens } from '../tokens/client-access-token.ts'
import type { RefreshTokens } from '../tokens/refresh-token.ts'
import type { HasStanding } from './token-standing.ts'

/** Spec: RFC 7662 section 2.2. */
export type Introspection = Readonly<Record<string, unknown>> & { readonly active: boolean }

const INACTIVE: Introspection = { active: false }

/** Claims of an access token that whoever it is for may read anyway. */
const TOLD = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'jti',
  'client_id',
  'sid',
  'scope',
  'auth_time',
  'acr',
  'cnf',
  'act',
] as const

export interface Introspect {
  /**
   * Whether a token is good now, and what it says, for those whom it concerns: the client that it
   * was given to, and the resource server that it is for. Anybody else learns nothing.
   * Spec: RFC 7662 section 4.
   */
  (asking: Client, token: string): Promise<Introspection>
}

export interface IntrospectServices {
  readonly hasStanding: HasStanding
  readonly sessions: SessionStore
  readonly clientAccessTokens: ClientAccessTokens
  readonly refreshTokens: RefreshTokens
  readonly clock: Clock
}

export function createIntrospect(services: IntrospectServices): Introspect {
  const { hasStanding, sessions, clientAccessTokens, refreshTokens, clock } = services

  async function isSessionOpen(id: SessionId): Promise<boolean> {
    const session = await sessions.find(id)
    return session !== null && isOpen(session, clock.seconds())
  }

  async function ofAccessToken(asking: Client, token: string): Promise<Introspection | null> {
    const claims = attempt(() => clientAccessTokens.verify(token))
    if (claims === null) return null
    const { client_id: clientId, aud, sub, sid, iat, cnf } = claims
    const audiences = [aud].flat()
    const isConcerned =
      clientId === asking.id ||
      (asking.resource !== null && audiences.includes(asking.resource.audience))
    if (!isConcerned) return INACTIVE
    if (!(await hasStanding({ client_id: clientId, sub, sid, iat }))) return INACTIVE
    if (typeof sid === 'string' && !(await isSessionOpen(sid as SessionId))) return INACTIVE
    const isBoundToKey = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf
    const told = TOLD.filter((name) => claims[name] !== undefined)
    return {
      active: true,
      token_type: isBoundToKey ? 'DPoP' : 'Bearer',
      ...Object.fromEntries(told.map((name) => [name, claims[name]])),
    }
  }

  async function ofRefreshToken(asking: Client, token: string): Promise<Introspection> {
    const verified = attempt(() => refreshTokens.verify(token))
    if (verified === null || verified.clientId !== asking.id) return INACTIVE
    const session = await sessions.find(verified.sessionId)
    if (session === null || !isOpen(session, clock.seconds())) return INACTIVE
    const isAcceptable = [session.live, session.spent].includes(verified.generation)
    if (!isAcceptable) return INACTIVE
    return {
      active: true,
      client_id: asking.id,
      sid: session.id,
      exp: session.idleExpiresAt,
      ...(session.scope === null ? {} : { scope: session.scope }),
    }
  }

  return async (asking, token) =>
    (await ofAccessToken(asking, token)) ?? ofRefreshToken(asking, token)
}

/** Null when the token is not what it should be; other failures go on. */
function attempt<Result>(verify: () => Result): Result | null {
  try {
    return verify()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
