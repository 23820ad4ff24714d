import type { SessionId, UserId } from './ids.ts'
import type { UnixSeconds } from './time.ts'

export type SessionEndReason =
  | 'logout'
  | 'logout_everywhere'
  | 'revoked_by_user'
  | 'revoked_by_operator'
  | 'refresh_token_reuse'
  | 'password_changed'
  | 'user_disabled'

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
}
