import type { SessionId } from '../domain/ids.ts'
import type { Signal, SignalStore } from '../domain/signal.ts'
import type { Clock, UnixSeconds } from '../domain/time.ts'
import {
  securityEventClaims,
  sessionOfSignal,
  signalName,
  type SecurityEventClaims,
} from './security-event-token.ts'

const MOST_SETS = 100
/** How long a poll with nothing to say is held: shorter than proxies have patience. */
const LONGEST_WAIT_MILLISECONDS = 25_000
/** An end that is committed so much later than its own instant is not signalled any more. */
const LATEST_COMMIT_SECONDS = 600
/** What was acknowledged is forgotten in steps of so much. */
const SETTLE_STEP_SECONDS = 60

/** What a receiver sends. Spec: RFC 8936 section 2.2. */
export interface SignalPoll {
  readonly maxEvents: number | null
  readonly returnImmediately: boolean
  /** The names of tokens that it has; also of those that it could not make sense of. */
  readonly known: readonly string[]
}

/** Spec: RFC 8936 section 2.3. */
export interface PolledSignals {
  readonly sets: Readonly<Record<string, string>>
  readonly moreAvailable: boolean
}

export interface PollSignals {
  /** Waits for something to tell unless it is told not to. */
  (receiver: string, poll: SignalPoll, gone: AbortSignal): Promise<PolledSignals>
}

/** Resolves when something may have been revoked, after that time, or when the signal fires. */
export type NextChange = (milliseconds: number, gone: AbortSignal) => Promise<void>

/**
 * Ends of sessions as security event tokens, each until it is acknowledged. What is stored for a
 * receiver is the instant before which it knows everything, and what it knows after that.
 * `subjectOf` names a user as the tokens of the session do: a pairwise name stays one.
 */
export function createPollSignals(
  store: SignalStore,
  issuer: string,
  subjectOf: (signal: Signal) => string | null,
  sign: (claims: SecurityEventClaims) => string,
  nextChange: NextChange,
  clock: Clock,
): PollSignals {
  /** What comes between looking and waiting must not be waited for in vain. */
  async function waitForPending(
    receiver: string,
    since: UnixSeconds,
    limit: number,
    isImpatient: boolean,
    gone: AbortSignal,
  ): Promise<Signal[]> {
    const done = new AbortController()
    const change = nextChange(LONGEST_WAIT_MILLISECONDS, AbortSignal.any([gone, done.signal]))
    try {
      const pending = await store.pending(receiver, since, limit)
      await settle(receiver, since, pending[0]?.at ?? Number.POSITIVE_INFINITY)
      if (pending.length > 0 || isImpatient) return pending
      await change
      return await store.pending(receiver, since, limit)
    } finally {
      done.abort()
    }
  }

  async function settle(receiver: string, since: number, oldest: number): Promise<void> {
    const until = Math.min(oldest, clock.seconds() - LATEST_COMMIT_SECONDS)
    if (until - since >= SETTLE_STEP_SECONDS) await store.settle(receiver, until as UnixSeconds)
  }

  return async (receiver, { maxEvents, returnImmediately, known }, gone) => {
    const since = await store.toldSince(receiver, clock.seconds())
    const sessions = known.map(sessionOfSignal).filter((id): id is SessionId => id !== null)
    if (sessions.length > 0) await store.acknowledge(receiver, sessions)
    const limit = Math.min(maxEvents ?? MOST_SETS, MOST_SETS)
    if (limit === 0) return { sets: {}, moreAvailable: false }

    const pending = await waitForPending(receiver, since, limit + 1, returnImmediately, gone)
    const about = { issuer, receiver, now: clock.seconds() }
    const sets: Record<string, string> = {}
    for (const one of pending.slice(0, limit)) {
      const claims = securityEventClaims(one, { ...about, subject: subjectOf(one) })
      sets[signalName(one.sessionId)] = sign(claims)
    }
    return { sets, moreAvailable: pending.length > limit }
  }
}
