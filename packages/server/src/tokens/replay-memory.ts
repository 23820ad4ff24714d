import { hash } from 'node:crypto'

import type { Clock, UnixSeconds } from '../domain/time.ts'

/** How long something counts, from the instant on that it proves. */
export interface Freshness {
  /** It was made then or later. */
  readonly since: UnixSeconds
  /** It counts until then. */
  readonly until: UnixSeconds
}

/** What was used on this node and would still count if it came again. */
export interface ReplayMemory {
  /** Remembers the use. False when it is known already. */
  add(name: string, freshness: Freshness): boolean
  /** Whether a use of something of that age may have been forgotten for want of room. */
  mayHaveForgotten(freshness: Freshness): boolean
}

/**
 * Holds at most `capacity` uses, some 100 bytes each. When there are more, the oldest are forgotten
 * and with them the right to use anything of their age: a flood costs honest callers a retry with
 * something newer, and never makes a replay possible.
 */
export function createReplayMemory(capacity: number, clock: Clock): ReplayMemory {
  const uses = new Map<string, Freshness>()
  let forgottenUntil = 0 as UnixSeconds

  function makeRoom(): void {
    const now = clock.seconds()
    for (const [name, { since, until }] of uses) {
      const isOver = until <= now
      if (!isOver && uses.size < capacity) return
      uses.delete(name)
      if (!isOver && since > forgottenUntil) forgottenUntil = since
    }
  }

  return {
    add(name, freshness) {
      // A digest, so that long names take no more room than short ones.
      const digest = hash('sha256', name, 'base64url')
      if (uses.has(digest)) return false
      makeRoom()
      uses.set(digest, freshness)
      return true
    },
    mayHaveForgotten: ({ since }) => since <= forgottenUntil,
  }
}
