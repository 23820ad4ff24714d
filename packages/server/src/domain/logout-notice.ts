import type { NewSecurityEvent } from './event.ts'
import type { SessionId, UserId } from './ids.ts'
import type { UnixSeconds } from './time.ts'

/** That an application is still to be told of the end of one of its sessions. */
export interface LogoutNotice {
  readonly sessionId: SessionId
  readonly userId: UserId
  /** How often it was tried. */
  readonly attempts: number
}

/**
 * What applications were told of ended sessions. That a session ended is in the session itself, so
 * no end goes without its notice, whichever node ends it and whenever that node stops.
 */
export interface LogoutNoticeStore {
  /** Of the client's sessions that ended at or after the instant: those it must be told of now. */
  listDue(
    clientId: string,
    endedSince: UnixSeconds,
    now: UnixSeconds,
    limit: number,
  ): Promise<LogoutNotice[]>
  /** Takes it on until that instant. False when another node did. */
  claim(notice: LogoutNotice, now: UnixSeconds, until: UnixSeconds): Promise<boolean>
  /** It is over: the application knows, or, as the event tells, could not be told. */
  settle(sessionId: SessionId, failure: NewSecurityEvent | null): Promise<void>
  /** Deletes up to `limit` that nobody touched since the instant; returns how many. */
  forget(before: UnixSeconds, limit: number): Promise<number>
}
