import type { SessionId } from '../domain/ids.ts'
import type { EndedSession, EndedSessionsBell, SessionStore } from '../domain/ports.ts'
import type { Clock, Seconds, UnixSeconds } from '../domain/time.ts'

/**
 * An end carries the instant before its statement and is visible from its commit on. In between it
 * waits up to 2 s for a connection and its statement up to 3 s for a lock; and the clocks of two
 * nodes may be 5 s apart. Every reading looks back this far.
 */
const READING_OVERLAP_SECONDS = 10
/**
 * What commits later still (a transaction of several statements, one that was repeated, a primary
 * that waits for a replica) is found by reading all that may matter, every so often.
 */
const FULL_READING_SECONDS = 10
/** An end is remembered for so much longer than tokens live: they were minted until its commit. */
const LATEST_COMMIT_SECONDS = 60

/**
 * The sessions that ended while access tokens of theirs may still be unexpired. Kept in memory, so
 * that verifying an access token asks no database.
 */
export interface EndedSessions {
  has(id: SessionId): boolean
  /** What this process ended. Others are told to look. */
  add(ended: readonly EndedSession[]): void
  /** Reads what other processes ended since the last time, and forgets what no token outlives. */
  catchUp(): Promise<void>
}

export function createEndedSessions(
  sessions: SessionStore,
  bell: EndedSessionsBell,
  accessTokenLifetimeSeconds: Seconds,
  clock: Clock,
): EndedSessions {
  const endedAt = new Map<SessionId, UnixSeconds>()
  let readUntil = 0
  let fullyReadAt = 0

  function remember(ended: readonly EndedSession[]): void {
    for (const one of ended) endedAt.set(one.sessionId, one.endedAt)
  }

  return {
    has: (id) => endedAt.has(id),
    add(ended) {
      remember(ended)
      if (ended.length > 0) bell.ring()
    },
    async catchUp() {
      const now = clock.seconds()
      const oldest = (now - accessTokenLifetimeSeconds - LATEST_COMMIT_SECONDS) as UnixSeconds
      const isFull = now - fullyReadAt >= FULL_READING_SECONDS
      const recent = Math.max(readUntil - READING_OVERLAP_SECONDS, oldest) as UnixSeconds
      remember(await sessions.endedSince(isFull ? oldest : recent))
      readUntil = now
      if (isFull) fullyReadAt = now
      // Oldest first: a map keeps the order in which entries came.
      for (const [id, instant] of endedAt) {
        if (instant >= oldest) break
        endedAt.delete(id)
      }
    },
  }
}
