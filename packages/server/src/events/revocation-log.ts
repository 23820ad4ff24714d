import type { SessionId } from '../domain/ids.ts'
import type { RevocationBell, RevocationStore } from '../domain/ports.ts'
import type { Revocation } from '../domain/revocation.ts'
import { after, type Clock, type Seconds, type UnixSeconds } from '../domain/time.ts'
import { createRevocationEntries, type RevocationEntries } from './revocation-entries.ts'

/**
 * A revocation carries the instant before its statement and is visible from its commit on. In
 * between it waits up to 2 s for a connection and its statement up to 3 s for a lock; and the
 * clocks of two nodes may be 5 s apart. Every reading looks back this far.
 */
export const READING_OVERLAP_SECONDS = 10 as Seconds
/**
 * What commits later still (a transaction of several statements, one that was repeated, a primary
 * that waits for a replica) is found by reading all that may matter, every so often.
 */
const FULL_READING_SECONDS = 10
/** Remembered for so much longer than tokens live: they were minted until its commit. */
const LATEST_COMMIT_SECONDS = 60 as Seconds

/**
 * What was revoked while access tokens that it is about may still be unexpired, in the order in
 * which this process learned of it. Kept in memory, so that verifying an access token asks no
 * database.
 */
export interface RevocationLog {
  /** Whether the session ended. */
  has(id: SessionId): boolean
  /** What this process revoked. Others are told to look. */
  add(revoked: readonly Revocation[]): void
  /**
   * Reads what other processes revoked since the last time, and forgets what no token outlives.
   * Returns what is new.
   */
  catchUp(): Promise<readonly Revocation[]>
  readonly entries: Omit<RevocationEntries, 'add' | 'forget'>
  /** All that was committed before this instant is here, but for commits that came late. */
  readonly readAt: UnixSeconds
  /** All that was committed before this instant is here, however late. */
  readonly fullyReadAt: UnixSeconds
  /** Calls back whenever this process revoked something. */
  onAdd(listener: () => void): void
}

/** `longestTokenSeconds`: the longest life that any node gives to an access token. */
export function createRevocationLog(
  store: RevocationStore,
  bell: RevocationBell,
  longestTokenSeconds: () => Seconds,
  clock: Clock,
): RevocationLog {
  const entries = createRevocationEntries()
  const listeners: (() => void)[] = []
  let readAt = 0 as UnixSeconds
  let fullyReadAt = 0 as UnixSeconds

  const memorySeconds = () => (longestTokenSeconds() + LATEST_COMMIT_SECONDS) as Seconds

  function remember(revoked: readonly Revocation[]): Revocation[] {
    const learnedAt = clock.seconds()
    return revoked.filter((one) =>
      entries.add({ ...one, learnedAt, forgetAt: after(one.at, memorySeconds()) }),
    )
  }

  return {
    entries,
    has: (id) => entries.has(id),
    add(revoked) {
      remember(revoked)
      if (revoked.length === 0) return
      bell.ring()
      for (const listener of listeners) listener()
    },
    async catchUp() {
      const now = clock.seconds()
      const oldest = (now - memorySeconds()) as UnixSeconds
      const isFull = now - fullyReadAt >= FULL_READING_SECONDS
      const recent = Math.max(readAt - READING_OVERLAP_SECONDS, oldest) as UnixSeconds
      const fresh = remember(await store.since(isFull ? oldest : recent))
      readAt = now
      if (isFull) fullyReadAt = now
      entries.forget(now)
      return fresh
    },
    get readAt() {
      return readAt
    },
    get fullyReadAt() {
      return fullyReadAt
    },
    onAdd: (listener) => void listeners.push(listener),
  }
}
