import type { RequestedClaims } from './authorization-request.ts'
import type { NewSecurityEvent } from './event.ts'
import type { SessionId, UserId } from './ids.ts'
import type { Revocation } from './revocation.ts'
import type { Session } from './session.ts'
import type { UnixSeconds } from './time.ts'

/** What a user granted to a client, on its way through the browser. */
export interface AuthorizationCode {
  /** SHA-256 of the code, base64url. */
  readonly codeHash: string
  readonly clientId: string
  readonly userId: UserId
  /** Of the user when the code was made: a new password in between makes the code worthless. */
  readonly credentialVersion: number
  readonly redirectUri: string
  /** Null: the client may do without PKCE. */
  readonly codeChallenge: string | null
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly nonce: string | null
  readonly authTime: UnixSeconds
  readonly acr: string | null
  readonly amr: readonly string[]
  readonly browserSessionId: string | null
  readonly requestedClaims: RequestedClaims | null
  readonly dpopKeyThumbprint: string | null
  readonly createdAt: UnixSeconds
  readonly expiresAt: UnixSeconds
  /** When it was exchanged, and the session made of it. */
  readonly redeemedAt: UnixSeconds | null
  readonly sessionId: SessionId | null
}

export interface CodeExchange {
  readonly codeHash: string
  readonly session: Session
  /** As the code has it. */
  readonly credentialVersion: number
  /** Stored with the session. */
  readonly event: NewSecurityEvent
  /** Stored instead when the code comes again. */
  readonly replay: NewSecurityEvent
}

export type Redemption =
  | { readonly kind: 'redeemed' }
  /** It was exchanged before: the session made of it has ended with this. */
  | { readonly kind: 'replayed'; readonly ended: Revocation | null }
  /** Unknown or expired, or its user signed out, was disabled or got another password. */
  | { readonly kind: 'refused' }

export interface AuthorizationCodeStore {
  /**
   * Stores the code and takes away the request that it answers, when that was stored. False, and
   * nothing is stored, when somebody else answered the request; and when the code relies on a
   * consent that the user has withdrawn: one that is withdrawn later takes the code along.
   */
  insert(
    code: AuthorizationCode,
    requestIdHash: string | null,
    reliesOnConsent?: boolean,
  ): Promise<boolean>
  find(codeHash: string): Promise<AuthorizationCode | null>
  /**
   * Exchanges the code for the session, once. A second time ends the session of the first; `replay`
   * is stored with that. One that is refused stays as it was. Of any number of callers at once, one
   * gets the session.
   */
  redeem(exchange: CodeExchange): Promise<Redemption>
  /** Deletes up to `limit` that expired before the instant; returns how many. */
  forget(before: UnixSeconds, limit: number): Promise<number>
}
