import type { UsedAssertionStore } from './assertion.ts'
import type { AuthorizationCodeStore } from './authorization-code.ts'
import type { AuthorizationRequestStore } from './authorization-request.ts'
import type { ClientStore } from './client.ts'
import type { ConsentStore } from './consent.ts'
import type { BrowserSessionStore } from './browser-session.ts'
import type { DeviceAuthorizationStore } from './device-authorization.ts'
import type { NewSecurityEvent, SecurityEvent } from './event.ts'
import type { BrowserSessionId, SessionId, UserId } from './ids.ts'
import type { Revocation } from './revocation.ts'
import type { Session, SessionEndReason } from './session.ts'
import type { LogoutNoticeStore } from './logout-notice.ts'
import type { KeyStore } from './signing-key.ts'
import type { SignalStore } from './signal.ts'
import type { UnixSeconds } from './time.ts'
import type { User } from './user.ts'

// Every verb that changes something is one transaction: it and its events are stored together,
// or neither is, and it resolves only after the commit.

export interface UserStore {
  /** False when the user name is taken; then nothing is stored. */
  insert(user: User, event: NewSecurityEvent): Promise<boolean>
  find(id: UserId): Promise<User | null>
  findByUsernameKey(usernameKey: string): Promise<User | null>
  /** In the order of `usernameKey`, after that one. */
  list(after: string, limit: number): Promise<User[]>
  /** Same password, newer parameters. False when the hash is not `from` any more. */
  rehash(id: UserId, from: string, to: string): Promise<boolean>
  /**
   * A new password: older credentials stop counting and all sessions but those to keep end.
   * Null when the account changed since `credentialVersion` was read.
   */
  changePassword(change: PasswordChange): Promise<Revocation[] | null>
  /** Ends all sessions too, those of browsers among them. Null when there is no such enabled user. */
  disable(id: UserId, event: NewSecurityEvent): Promise<Revocation[] | null>
  /** Brings nothing back that ended with it. False when there is no such disabled user. */
  enable(id: UserId, event: NewSecurityEvent): Promise<boolean>
}

export interface PasswordChange {
  readonly userId: UserId
  readonly credentialVersion: number
  readonly passwordHash: string
  readonly keep: SessionId | null
  readonly keepBrowser: BrowserSessionId | null
  readonly event: NewSecurityEvent
}

export interface SessionStore {
  /**
   * Stores a new session, unless the user was disabled or got another password since
   * `credentialVersion` was read: then false, and nothing is stored.
   */
  start(started: StartedSession): Promise<boolean>
  find(id: SessionId): Promise<Session | null>
  /**
   * The exchange of the live generation, which is the common case, without reading first. Does what
   * the rotation rules do when they decide `rotated`, and returns the session after it. Null, and
   * nothing changed, in every other case, and when another writer has the session just now: then
   * read and decide.
   */
  rotateLive(exchange: LiveExchange): Promise<Session | null>
  /** Compare-and-set: false when the session ended or moved on since `from` was read. */
  advance(from: Session, to: Session, event: NewSecurityEvent): Promise<boolean>
  /** Null when it was not open. `because` is written before the session's own event. */
  end(
    id: SessionId,
    reason: SessionEndReason,
    at: UnixSeconds,
    because?: NewSecurityEvent,
  ): Promise<Revocation | null>
  /** Those of browsers too. */
  endAllOfUser(userId: UserId, reason: SessionEndReason, at: UnixSeconds): Promise<Revocation[]>
  /** Neither ended nor expired, newest use first. */
  listOpenOfUser(userId: UserId, now: UnixSeconds): Promise<Session[]>
  /**
   * Looks at the next `limit` sessions in the order of their identifiers, from the first when
   * `after` is null, and deletes those that ended or expired before the instant. Returns where the
   * next step goes on; null after the last session.
   */
  forget(after: SessionId | null, overBefore: UnixSeconds, limit: number): Promise<SessionId | null>
}

export interface StartedSession {
  readonly session: Session
  readonly credentialVersion: number
  readonly events: readonly NewSecurityEvent[]
  /** What the sign-in was counted as; taken back with it. */
  readonly counted: CountedSignIn | null
}

export interface LiveExchange {
  readonly sessionId: SessionId
  /** Must be the session's live generation. */
  readonly generation: number
  readonly retryKeyHash: string | null
  readonly at: UnixSeconds
  /** The session's new idle expiry, unless its absolute expiry comes first. */
  readonly idleExpiresAt: UnixSeconds
  /** About the session's user. */
  readonly event: NewSecurityEvent
}

export interface RevocationStore {
  /** What was revoked at or after the instant, in no order. */
  since(instant: UnixSeconds): Promise<Revocation[]>
}

export interface AttemptStore {
  /**
   * Finds whose sign-in this would be and counts it, before any password is looked at. It is counted
   * under the key for known addresses when the user has had a session from the network.
   */
  countSignIn(attempt: SignInAttempt): Promise<CountedSignIn>
  /** Counts an attempt that names no account, then tells its window. */
  count(key: string, now: UnixSeconds): Promise<AttemptWindow>
  /** Takes the attempt back, from the windows that it was counted in and no later ones. */
  refund(counted: CountedWindows): Promise<void>
  /** Deletes up to `limit` windows that are over; returns how many. */
  forget(now: UnixSeconds, limit: number): Promise<number>
}

export interface SignInAttempt {
  /** Null when what was typed can be nobody's name. */
  readonly usernameKey: string | null
  readonly network: string | null
  readonly accountKey: string
  readonly accountKeyAtKnownAddress: string
  /** Null when the address is not known. */
  readonly addressKey: string | null
  readonly at: UnixSeconds
}

/** Where one attempt was counted. */
export interface CountedWindows {
  readonly account: AttemptWindow
  /** Null when the address is not known. */
  readonly address: AttemptWindow | null
}

export interface CountedSignIn extends CountedWindows {
  /** Disabled ones too. */
  readonly user: User | null
}

/** What was counted under a key since the window began, this attempt included. */
export interface AttemptWindow {
  readonly key: string
  readonly attempts: number
  readonly startedAt: UnixSeconds
  readonly endsAt: UnixSeconds
}

export interface EventStore {
  append(event: NewSecurityEvent): Promise<void>
  /** Oldest first, after that sequence number. */
  list(after: number, limit: number): Promise<SecurityEvent[]>
  /** The newest `limit`, oldest of them first. */
  newest(limit: number): Promise<SecurityEvent[]>
  /** Deletes those older than the instant among the oldest `limit`; returns how many. */
  forget(before: UnixSeconds, limit: number): Promise<number>
}

/** Random values that this issuer draws once and keeps. */
export interface IssuerConstantStore {
  /** The value of that name: `candidate` when there was none, on whichever node was first. */
  settle(name: string, candidate: string): Promise<string>
}

/**
 * Tells the other processes on the same database that something was revoked, so that they look at
 * once. A ring may be lost: they look by themselves too.
 */
export interface RevocationBell {
  /** Call it after the commit. Waits for nothing; rings in quick succession become one. */
  ring(): void
  /** Also called when rings may have been missed. Returns how to stop listening. */
  onRing(listener: () => void): () => Promise<void>
}

export interface Stores {
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly browserSessions: BrowserSessionStore
  readonly attempts: AttemptStore
  readonly events: EventStore
  readonly keys: KeyStore
  readonly clients: ClientStore
  readonly authorizationRequests: AuthorizationRequestStore
  readonly authorizationCodes: AuthorizationCodeStore
  readonly consents: ConsentStore
  readonly deviceAuthorizations: DeviceAuthorizationStore
  readonly usedAssertions: UsedAssertionStore
  readonly logoutNotices: LogoutNoticeStore
  readonly issuerConstants: IssuerConstantStore
  readonly revocations: RevocationStore
  readonly signals: SignalStore
  readonly revocationBell: RevocationBell
  /** Resolves when the database answers; rejects otherwise. */
  ping(): Promise<void>
  close(): Promise<void>
}
