import type { SessionId, UserId } from './ids.ts'
import type { SessionEndReason } from './session.ts'
import type { UnixSeconds } from './time.ts'

/** That a session ended, for a receiver that wants to be told until it has said that it knows. */
export interface Signal {
  readonly sessionId: SessionId
  readonly userId: UserId
  readonly clientId: string
  readonly at: UnixSeconds
  readonly reason: SessionEndReason
}

/** What receivers of signals have acknowledged. A receiver is a client, by its identifier. */
export interface SignalStore {
  /**
   * Since when the receiver is told: everything before it has been acknowledged. A receiver that is
   * new is told from `now` on.
   */
  toldSince(receiver: string, now: UnixSeconds): Promise<UnixSeconds>
  /** Sessions that ended at or after the instant and are not acknowledged, the oldest first. */
  pending(receiver: string, since: UnixSeconds, limit: number): Promise<Signal[]>
  /** Of sessions that have not ended, nothing is acknowledged. */
  acknowledge(receiver: string, sessions: readonly SessionId[]): Promise<void>
  /** Nothing before the instant is pending any more: forgets what was acknowledged before it. */
  settle(receiver: string, until: UnixSeconds): Promise<void>
}
