import type { SessionId } from '../domain/ids.ts'
import type { EndedSession, SessionStore } from '../domain/ports.ts'
import type { Clock, Seconds, UnixSeconds } from '../domain/time.ts'

/** How far back each poll looks: longer than any transaction that may commit late. */
const OVERLAP_SECONDS = 10

/**
 * The sessions that ended while access tokens of theirs may still be unexpired. Kept in memory, so
 * that verifying an access token asks no database.
 */
export interface EndedSessions {
  has(id: SessionId): boolean
  add(ended: readonly EndedSession[]): void
  /** Reads what other processes ended since the last time, and forgets what no token outlives. */
  catchUp(): Promise<void>
}

export function createEndedSessions(
  sessions: SessionStore,
  accessTokenLifetimeSeconds: Seconds,
  clock: Clock,
): EndedSessions {
  const endedAt = new Map<SessionId, UnixSeconds>()
  let readUntil = 0

  function add(ended: readonly EndedSession[]): void {
    for (const one of ended) endedAt.set(one.sessionId, one.endedAt)
  }

  return {
    has: (id) => endedAt.has(id),
    add,
    async catchUp() {
      const now = clock.seconds()
      const oldest = now - accessTokenLifetimeSeconds - OVERLAP_SECONDS
      const since = Math.max(readUntil - OVERLAP_SECONDS, oldest) as UnixSeconds
      add(await sessions.endedSince(since))
      readUntil = now
      // Oldest first: a map keeps the order in which entries came.
      for (const [id, instant] of endedAt) {
        if (instant >= oldest) break
        endedAt.delete(id)
      }
    },
  }
}
