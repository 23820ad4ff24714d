import { createHash } from 'node:crypto'

import { MapaeError } from '../domain/errors.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import type { SessionId, UserId } from '../domain/ids.ts'
import type { SessionStore } from '../domain/ports.ts'
import type { Session } from '../domain/session.ts'
import type { Clock, UnixSeconds } from '../domain/time.ts'
import type { RefreshTokens } from '../tokens/refresh-token.ts'
import type { EndSession } from './end.ts'
import {
  decideRotation,
  exchangeOfLive,
  type PresentedRefreshToken,
  type RotationPolicy,
} from './rotation.ts'

/** Each loss of the compare-and-set means that another exchange succeeded in between. */
const MOST_DECISIONS = 50

export interface RefreshSession {
  /**
   * Exchanges a refresh token. Returns the session, whose `live` generation the answer carries.
   * Errors: `invalid_grant` when the token or its session is over, and when the token is a copy;
   * then the session ends.
   */
  (refreshToken: string, idempotencyKey: string | null, ipAddress: string | null): Promise<Session>
}

export function createRefreshSession(
  sessions: SessionStore,
  refreshTokens: RefreshTokens,
  endSession: EndSession,
  policy: RotationPolicy,
  clock: Clock,
): RefreshSession {
  /** The common case, in one step. Whatever else it is, is read and decided below. */
  function rotateLive(id: SessionId, presented: PresentedRefreshToken, ipAddress: string | null) {
    const now = clock.seconds()
    const event = refreshed({ id, userId: null }, 'rotated', ipAddress, now)
    return sessions.rotateLive({ ...exchangeOfLive(id, presented, policy, now), event })
  }

  return async (refreshToken, idempotencyKey, ipAddress) => {
    const { sessionId, generation } = refreshTokens.verify(refreshToken)
    const presented: PresentedRefreshToken = {
      generation,
      retryKeyHash: idempotencyKey === null ? null : hashOf(idempotencyKey),
    }
    const rotated = await rotateLive(sessionId, presented, ipAddress)
    if (rotated !== null) return rotated
    for (let decisions = 0; decisions < MOST_DECISIONS; decisions++) {
      const session = await sessions.find(sessionId)
      const now = clock.seconds()
      const decision = decideRotation(session, presented, policy, now)
      if (session === null || decision.kind === 'refused') throw new MapaeError('invalid_grant')
      switch (decision.kind) {
        case 'retried':
        case 'raced':
          return session
        case 'rotated':
        case 'recovered': {
          const event = refreshed(session, decision.kind, ipAddress, now)
          if (await sessions.advance(session, decision.next, event)) return decision.next
          break
        }
        case 'reuse_detected':
          await endSession(
            sessionId,
            'refresh_token_reuse',
            reuse(session, generation, ipAddress, now),
          )
          throw new MapaeError('invalid_grant')
      }
    }
    throw new MapaeError('server_busy', { retryAfterSeconds: 1 })
  }
}

function hashOf(idempotencyKey: string): string {
  return createHash('sha256').update(idempotencyKey).digest('base64url')
}

function refreshed(
  { id: sessionId, userId }: { readonly id: SessionId; readonly userId: UserId | null },
  outcome: 'rotated' | 'recovered',
  ipAddress: string | null,
  at: UnixSeconds,
): NewSecurityEvent {
  return { name: 'token.refreshed', at, userId, sessionId, ipAddress, details: { outcome } }
}

function reuse(
  session: Session,
  presented: number,
  ipAddress: string | null,
  at: UnixSeconds,
): NewSecurityEvent {
  const { userId, id: sessionId, live } = session
  const details = { presented_generation: presented, live_generation: live }
  return { name: 'token.reuse_detected', at, userId, sessionId, ipAddress, details }
}
