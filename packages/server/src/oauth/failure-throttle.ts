import type { Clock } from '../domain/time.ts'
import { createMinuteLimit, type MinuteLimit } from '../login/minute-limit.ts'

/** A client that is set up wrongly tries for a while before somebody looks. */
const MOST_FAILURES = 60

/**
 * Slows down who guesses at client secrets and codes, on each node for itself: both have 256 random
 * bits, so what is protected is the log and the database rather than the secret.
 */
export type FailureThrottle = MinuteLimit

export function createFailureThrottle(clock: Clock): FailureThrottle {
  return createMinuteLimit(MOST_FAILURES, clock)
}
