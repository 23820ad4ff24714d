import type { RequestedClaims } from './authorization-request.ts'
import type { SessionId, UserId } from './ids.ts'
import type { UnixSeconds } from './time.ts'

/** The client that first-party sign-ins count as. */
export const FIRST_PARTY_CLIENT_ID = 'first-party'

export type SessionEndReason =
  | 'logout'
  | 'logout_everywhere'
  | 'revoked_by_user'
  | 'revoked_by_operator'
  | 'refresh_token_reuse'
  | 'refresh_token_wrong_key'
  | 'password_changed'
  | 'user_disabled'
  | 'authorization_code_reuse'
  | 'revoked_by_client'
  | 'consent_withdrawn'
  /** Somebody else signed in in the same browser. */
  | 'other_user'

/** One sign-in on one device, and the line of refresh tokens that keeps it alive. */
export interface Session {
  readonly id: SessionId
  readonly userId: UserId
  readonly clientId: string
  readonly audience: string
  readonly scope: string | null
  /** Generation of the newest refresh token handed out; starts at 1. */
  readonly live: number
  /** Generation last exchanged; 0 until the first exchange. */
  readonly spent: number
  readonly spentAt: UnixSeconds | null
  /** SHA-256 of the Idempotency-Key that came with that exchange, base64url. */
  readonly retryKeyHash: string | null
  readonly createdAt: UnixSeconds
  readonly lastUsedAt: UnixSeconds
  readonly idleExpiresAt: UnixSeconds
  readonly absoluteExpiresAt: UnixSeconds
  readonly endedAt: UnixSeconds | null
  readonly endedReason: SessionEndReason | null
  /** What the device said it is (User-Agent), for the user's list of devices. */
  readonly deviceLabel: string | null
  readonly ipAddress: string | null
  /**
   * When and how the user proved who they are, as tokens tell it; null for first-party sessions whose
   * tokens do not: at their start.
   */
  readonly authTime: UnixSeconds | null
  readonly acr: string | null
  readonly amr: readonly string[] | null
  /** The sign-in in the browser that this session was started from. */
  readonly browserSessionId: string | null
  /** Thumbprints of the key and of the certificate that its tokens are bound to. */
  readonly dpopKeyThumbprint: string | null
  readonly certificateThumbprint: string | null
  /** Single claims that the client asked for and got. */
  readonly requestedClaims: RequestedClaims | null
}

/** A session that no sign-in in a browser is behind and whose tokens are bound to nothing. */
export const plainSession = {
  authTime: null,
  acr: null,
  amr: null,
  browserSessionId: null,
  dpopKeyThumbprint: null,
  certificateThumbprint: null,
  requestedClaims: null,
} as const satisfies Partial<Session>
