import { MapaeError } from '../domain/errors.ts'
import type { Clock, UnixSeconds } from '../domain/time.ts'

const WINDOW_SECONDS = 60
/** Some 100 bytes each. Beyond it the oldest is forgotten, which is the next to end. */
const MOST_KEYS = 10_000

/**
 * So much a minute under one key, on each node for itself: for what needs a bound and no exact
 * number, and is not to cost a statement of the database.
 */
export interface MinuteLimit {
  /** Errors: `too_many_attempts` when all of it was used. */
  check(key: string): void
  use(key: string, amount?: number): void
}

interface Window {
  used: number
  readonly endsAt: UnixSeconds
}

export function createMinuteLimit(most: number, clock: Clock): MinuteLimit {
  const windows = new Map<string, Window>()

  function current(key: string): Window | undefined {
    const window = windows.get(key)
    return window !== undefined && clock.seconds() < window.endsAt ? window : undefined
  }

  return {
    check(key) {
      const window = current(key)
      if (window === undefined || window.used < most) return
      const retryAfterSeconds = window.endsAt - clock.seconds()
      throw new MapaeError('too_many_attempts', { retryAfterSeconds })
    },
    use(key, amount = 1) {
      const window = current(key)
      if (window !== undefined) window.used += amount
      else {
        windows.delete(key)
        // The oldest window ends first.
        if (windows.size >= MOST_KEYS) windows.delete(windows.keys().next().value!)
        const endsAt = (clock.seconds() + WINDOW_SECONDS) as UnixSeconds
        windows.set(key, { used: amount, endsAt })
      }
    },
  }
}
