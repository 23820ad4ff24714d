import { createHash } from 'node:crypto'

import { MapaeError } from '../domain/errors.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import type { SessionId, UserId } from '../domain/ids.ts'
import type { LiveExchange, SessionStore } from '../domain/ports.ts'
import type { Session } from '../domain/session.ts'
import type { Clock, Seconds, UnixSeconds } from '../domain/time.ts'
import { invalidProof } from '../tokens/dpop-proof.ts'
import type { RefreshTokens, VerifiedRefreshToken } from '../tokens/refresh-token.ts'
import type { EndSession } from './end.ts'
import {
  decideRotation,
  exchangeOfLive,
  type PresentedRefreshToken,
  type RotationDecision,
  type RotationPolicy,
} from './rotation.ts'

/** Each loss of the compare-and-set means that another exchange succeeded in between. */
const MOST_DECISIONS = 50

/** What came with a refresh token. */
export interface RefreshRequest {
  readonly refreshToken: string
  readonly idempotencyKey: string | null
  /** Of the key that the caller proved to hold, or null without a proof. */
  readonly dpopKeyThumbprint: string | null
  readonly ipAddress: string | null
  /** Who presents it, and how long a session of it may stay unused; without it: first-party. */
  readonly client?: { readonly id: string; readonly idleSeconds: Seconds }
  /**
   * Throws when more is asked for than the session has: a request that gets nothing changes nothing,
   * else its client would hold a spent token. Without it the whole session is asked for.
   */
  readonly checkWish?: (session: Session) => void
}

export type RefreshOutcome = RotationDecision['kind']

export interface RefreshSession {
  /**
   * Exchanges a refresh token. Returns the session, whose `live` generation the answer carries.
   * Errors: `invalid_grant` when the token or its session is over, and when the token is a copy;
   * then the session ends. `invalid_dpop_proof` when the session is bound and no proof came.
   */
  (request: RefreshRequest): Promise<Session>
}

export function createRefreshSession(
  sessions: SessionStore,
  refreshTokens: RefreshTokens,
  endSession: EndSession,
  generalPolicy: RotationPolicy,
  clock: Clock,
  note: (outcome: RefreshOutcome) => void = () => {},
): RefreshSession {
  /** The common case, in one step. Whatever else it is, is read and decided below. */
  function rotateLive(exchange: Omit<LiveExchange, 'event'>, ipAddress: string | null) {
    const about = { id: exchange.sessionId, userId: null }
    const event = refreshed(about, 'rotated', ipAddress, exchange.at)
    return sessions.rotateLive({ ...exchange, event })
  }

  return async (request) => {
    const { refreshToken, idempotencyKey, dpopKeyThumbprint, ipAddress, client } = request
    const verified = refreshTokens.verify(refreshToken)
    // The token tells whose it is: nothing is looked up, and nothing changes, for anybody else.
    if (verified.clientId !== (client?.id ?? null)) throw new MapaeError('invalid_grant')
    const policy = policyFor(generalPolicy, client)
    const { sessionId, generation } = verified
    const presented: PresentedRefreshToken = {
      generation,
      retryKeyHash: idempotencyKey === null ? null : hashOf(idempotencyKey),
      dpopKeyThumbprint,
    }
    const rotated = isDecidedByToken(verified, request)
      ? await rotateLive(exchangeOfLive(sessionId, presented, policy, clock.seconds()), ipAddress)
      : null
    if (rotated !== null) {
      note('rotated')
      return rotated
    }
    for (let decisions = 0; decisions < MOST_DECISIONS; decisions++) {
      const session = await sessions.find(sessionId)
      const now = clock.seconds()
      const decision = decideRotation(session, presented, policy, now)
      const isChange = decision.kind === 'rotated' || decision.kind === 'recovered'
      if (!isChange) note(decision.kind)
      if (session === null || decision.kind === 'refused') throw new MapaeError('invalid_grant')
      switch (decision.kind) {
        case 'proof_missing':
          throw invalidProof('missing')
        case 'retried':
        case 'raced':
          return session
        case 'rotated':
        case 'recovered': {
          request.checkWish?.(session)
          const event = refreshed(session, decision.kind, ipAddress, now)
          // Lost to another exchange: decided again.
          if (!(await sessions.advance(session, decision.next, event))) break
          note(decision.kind)
          return decision.next
        }
        case 'wrong_key':
        case 'reuse_detected': {
          const { reason, name } = theft[decision.kind]
          await endSession(sessionId, reason, stolen(name, session, generation, ipAddress, now))
          throw new MapaeError('invalid_grant')
        }
      }
    }
    throw new MapaeError('server_busy', { retryAfterSeconds: 1 })
  }
}

/** The token tells what its session is bound to, so that one statement can do it without a look. */
function isDecidedByToken(
  { dpopKeyThumbprint: boundTo }: VerifiedRefreshToken,
  { dpopKeyThumbprint, checkWish }: RefreshRequest,
): boolean {
  return checkWish === undefined && (boundTo === null || boundTo === dpopKeyThumbprint)
}

function policyFor(general: RotationPolicy, client: RefreshRequest['client']): RotationPolicy {
  return client === undefined ? general : { ...general, idleSeconds: client.idleSeconds }
}

/** Why the session ends when two parties hold its tokens, and the event that tells of it. */
const theft = {
  wrong_key: { reason: 'refresh_token_wrong_key', name: 'token.wrong_key' },
  reuse_detected: { reason: 'refresh_token_reuse', name: 'token.reuse_detected' },
} as const

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

function stolen(
  name: 'token.wrong_key' | 'token.reuse_detected',
  session: Session,
  presented: number,
  ipAddress: string | null,
  at: UnixSeconds,
): NewSecurityEvent {
  const { userId, id: sessionId, live } = session
  const details = { presented_generation: presented, live_generation: live }
  return { name, at, userId, sessionId, ipAddress, details }
}
