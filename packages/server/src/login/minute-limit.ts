import { hash } from 'node:crypto'

import { MapaeError } from '../domain/errors.ts'
import type { Clock, UnixSeconds } from '../domain/time.ts'

const WINDOW_SECONDS = 60
/** Some 100 bytes each. Beyond it the oldest is forgotten, which is the next to end. */
const MOST_KEYS = 10_000
/** Callers make up names as long as a body: what is longer is kept as its digest. */
const MOST_KEY_CHARACTERS = 200

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

  function current(name: string): Window | undefined {
    const window = windows.get(name)
    return window !== undefined && clock.seconds() < window.endsAt ? window : undefined
  }

  return {
    check(key) {
      const window = current(nameOf(key))
      if (window === undefined || window.used < most) return
      const retryAfterSeconds = window.endsAt - clock.seconds()
      throw new MapaeError('too_many_attempts', { retryAfterSeconds })
    },
    use(key, amount = 1) {
      const name = nameOf(key)
      const window = current(name)
      if (window !== undefined) window.used += amount
      else {
        windows.delete(name)
        // The oldest window ends first.
        if (windows.size >= MOST_KEYS) windows.delete(windows.keys().next().value!)
        const endsAt = (clock.seconds() + WINDOW_SECONDS) as UnixSeconds
        windows.set(name, { used: amount, endsAt })
      }
    },
  }
}

function nameOf(key: string): string {
  return key.length > MOST_KEY_CHARACTERS ? hash('sha256', key, 'base64url') : key
}
