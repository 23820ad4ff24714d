import type { SessionId } from '../domain/ids.ts'
import type { LiveExchange } from '../domain/ports.ts'
import type { Session } from '../domain/session.ts'
import { after, earlier, type Seconds, type UnixSeconds } from '../domain/time.ts'

/** A refresh token whose signature verified, and what came with it. */
export interface PresentedRefreshToken {
  readonly generation: number
  /** SHA-256 of the Idempotency-Key, or null when there was none. */
  readonly retryKeyHash: string | null
  /** Of the key that whoever presents it proved to hold, or null without a proof. */
  readonly dpopKeyThumbprint: string | null
}

export interface RotationPolicy {
  /** How long the token just exchanged may come again as a race between tabs. 0: never. */
  readonly graceSeconds: Seconds
  /** Each exchange keeps the session alive for this long. */
  readonly idleSeconds: Seconds
  /** Whether a client that lost a response, and used no key, may go on later. */
  readonly lostResponse: 'recover' | 'strict'
}

export type RotationDecision =
  /** The session is over or unknown. Nothing changes. */
  | { readonly kind: 'refused' }
  /** The session is bound to a key and no proof came. Nothing changes. */
  | { readonly kind: 'proof_missing' }
  /** The session is bound to a key and the proof is of another one: end the session. */
  | { readonly kind: 'wrong_key' }
  /** The newest token: store `next`, answer with its generation. */
  | { readonly kind: 'rotated'; readonly next: Session }
  /** The same attempt again: nothing changes, answer with the live generation. */
  | { readonly kind: 'retried' }
  /** Another tab was a moment faster: nothing changes, answer with the live generation. */
  | { readonly kind: 'raced' }
  /** The response was lost and its child never used: store `next`, answer with its generation. */
  | { readonly kind: 'recovered'; readonly next: Session }
  /** Two parties hold this line of tokens: end the session. */
  | { readonly kind: 'reuse_detected' }

/**
 * Decides what presenting a refresh token means. Pure: the caller stores the outcome by
 * compare-and-set and decides again from the new row when it lost a race.
 *
 * An honest client is never signed out by races, retries or lost responses: the token just
 * exchanged (`spent`) is accepted again as the same attempt, as a race, or as a recovery. Anything
 * older can only be a copy. A session that is bound to a key knows its client by that, so that
 * nothing depends on time or on keys of attempts: a thief is told from the first presentation.
 *
 * Spec: RFC 9700 section 4.14.2 asks for reuse detection, RFC 9449 section 5 for the proof; the rows
 * above are this product's.
 */
export function decideRotation(
  session: Session | null,
  presented: PresentedRefreshToken,
  policy: RotationPolicy,
  now: UnixSeconds,
): RotationDecision {
  if (session === null || !isOpen(session, now)) return { kind: 'refused' }
  const { generation, retryKeyHash } = presented
  const isBound = session.dpopKeyThumbprint !== null
  if (isBound && presented.dpopKeyThumbprint === null) return { kind: 'proof_missing' }
  if (isBound && presented.dpopKeyThumbprint !== session.dpopKeyThumbprint) {
    return { kind: 'wrong_key' }
  }

  if (generation === session.live) {
    return {
      kind: 'rotated',
      next: keptAlive(
        { ...session, spent: generation, live: generation + 1, spentAt: now, retryKeyHash },
        policy,
        now,
      ),
    }
  }
  if (generation !== session.spent || session.spentAt === null) return { kind: 'reuse_detected' }
  if (isBound) return { kind: 'retried' }
  if (retryKeyHash !== null && retryKeyHash === session.retryKeyHash) return { kind: 'retried' }
  if (policy.graceSeconds > 0 && now - session.spentAt <= policy.graceSeconds) {
    return { kind: 'raced' }
  }
  if (policy.lostResponse === 'recover' && retryKeyHash === null && session.retryKeyHash === null) {
    return {
      kind: 'recovered',
      next: keptAlive({ ...session, live: session.live + 1, spentAt: now }, policy, now),
    }
  }
  return { kind: 'reuse_detected' }
}

/**
 * The exchange that `decideRotation` calls `rotated`, for a storage that looks whether it is one and
 * makes it in one step.
 */
export function exchangeOfLive(
  sessionId: SessionId,
  { generation, retryKeyHash }: Omit<PresentedRefreshToken, 'dpopKeyThumbprint'>,
  { idleSeconds }: RotationPolicy,
  now: UnixSeconds,
): Omit<LiveExchange, 'event'> {
  const idleExpiresAt = after(now, idleSeconds)
  return { sessionId, generation, retryKeyHash, at: now, idleExpiresAt }
}

/** Whether the session has neither ended nor outlived one of its two lifetimes. */
export function isOpen(session: Session, now: UnixSeconds): boolean {
  return session.endedAt === null && now < session.idleExpiresAt && now < session.absoluteExpiresAt
}

function keptAlive(session: Session, policy: RotationPolicy, now: UnixSeconds): Session {
  const idleExpiresAt = earlier(after(now, policy.idleSeconds), session.absoluteExpiresAt)
  return { ...session, lastUsedAt: now, idleExpiresAt }
}
