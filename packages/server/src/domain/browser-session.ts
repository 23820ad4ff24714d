import type { NewSecurityEvent } from './event.ts'
import type { BrowserSessionId, UserId } from './ids.ts'
import type { CountedSignIn } from './ports.ts'
import type { Revocation } from './revocation.ts'
import type { SessionEndReason } from './session.ts'
import type { UnixSeconds } from './time.ts'

/** How somebody proved who they are. Spec: RFC 8176, `amr` values. */
export type AuthenticationMethod = 'pwd'

/**
 * That somebody is signed in to the hosted pages in one browser. Its secret is in a cookie and only
 * its hash is stored. It is not a line of refresh tokens: those start in it, client by client. A
 * browser session that has ended is found by nobody; the events tell of it.
 */
export interface BrowserSession {
  readonly id: BrowserSessionId
  readonly userId: UserId
  /** When its user last proved who they are. */
  readonly authenticatedAt: UnixSeconds
  readonly methods: readonly AuthenticationMethod[]
  readonly lastUsedAt: UnixSeconds
  readonly idleExpiresAt: UnixSeconds
  readonly absoluteExpiresAt: UnixSeconds
  /** What the browser said it is (User-Agent), for the user's list of devices. */
  readonly deviceLabel: string | null
  readonly ipAddress: string | null
}

export interface BrowserSessionStore {
  /**
   * Stores a session that begins, with its events, unless the user was disabled or got another
   * password since `credentialVersion` was read: then null, and nothing is stored. One of the same
   * id and user gets the new secret: the old one is worth nothing from then on. Returns the sessions
   * that ended with the one it takes the place of.
   */
  start(starting: BrowserSessionStart): Promise<Revocation[] | null>
  findBySecretHash(secretHash: string): Promise<BrowserSession | null>
  /** Tells that it was used, if it has not ended meanwhile. */
  touch(id: BrowserSessionId, at: UnixSeconds, idleExpiresAt: UnixSeconds): Promise<void>
  /**
   * Ends it, and the sessions of applications that were started in it. Null when there is no such
   * session of that user any more.
   */
  end(
    id: BrowserSessionId,
    userId: UserId,
    reason: SessionEndReason,
    at: UnixSeconds,
  ): Promise<Revocation[] | null>
  /** Not expired, newest use first. */
  listOpenOfUser(userId: UserId, now: UnixSeconds): Promise<BrowserSession[]>
  /** Deletes up to `limit` that expired before then; returns how many. */
  forget(overBefore: UnixSeconds, limit: number): Promise<number>
}

export interface BrowserSessionStart {
  readonly session: BrowserSession
  /** SHA-256 of what the cookie holds, base64url. */
  readonly secretHash: string
  readonly credentialVersion: number
  /** The session of another user in the same browser: it ends. */
  readonly instead: BrowserSession | null
  readonly events: readonly NewSecurityEvent[]
  /** Taken back with it. */
  readonly counted: CountedSignIn | null
}
