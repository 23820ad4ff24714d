import { MapaeError } from '../domain/errors.ts'
import type { Clock, UnixSeconds } from '../domain/time.ts'

const WINDOW_SECONDS = 60
/** A client that is set up wrongly tries for a while before somebody looks. */
const MOST_FAILURES = 60
/** Some 100 bytes each. */
const MOST_KEYS = 10_000

/**
 * Slows down who guesses at client secrets and codes, on each node for itself: both have 256 random
 * bits, so what is protected is the log and the database rather than the secret.
 */
export interface FailureThrottle {
  /** Errors: `too_many_attempts`, before anything is looked at. */
  check(key: string): void
  count(key: string): void
}

interface Window {
  failures: number
  readonly endsAt: UnixSeconds
}

export function createFailureThrottle(clock: Clock): FailureThrottle {
  const windows = new Map<string, Window>()

  function current(key: string): Window | undefined {
    const window = windows.get(key)
    return window !== undefined && clock.seconds() < window.endsAt ? window : undefined
  }

  return {
    check(key) {
      const window = current(key)
      if (window === undefined || window.failures < MOST_FAILURES) return
      const retryAfterSeconds = window.endsAt - clock.seconds()
      throw new MapaeError('too_many_attempts', { retryAfterSeconds })
    },
    count(key) {
      const window = current(key)
      if (window !== undefined) window.failures++
      else {
        windows.delete(key)
        // The oldest window ends first.
        if (windows.size >= MOST_KEYS) windows.delete(windows.keys().next().value!)
        const endsAt = (clock.seconds() + WINDOW_SECONDS) as UnixSeconds
        windows.set(key, { failures: 1, endsAt })
      }
    },
  }
}
