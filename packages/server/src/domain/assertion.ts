import type { UnixSeconds } from './time.ts'

/** Assertions that were used: each counts once, whichever node it comes to. */
export interface UsedAssertionStore {
  /** Whether this is the first use. `idHash` is remembered until the instant. */
  use(idHash: string, until: UnixSeconds): Promise<boolean>
  /** Deletes up to `limit` that need not be remembered any more; returns how many. */
  forget(now: UnixSeconds, limit: number): Promise<number>
}
