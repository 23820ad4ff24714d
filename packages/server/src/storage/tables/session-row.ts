import type { RequestedClaims } from '../../domain/authorization-request.ts'
import type { SessionId, UserId } from '../../domain/ids.ts'
import type { Session, SessionEndReason } from '../../domain/session.ts'
import type { UnixSeconds } from '../../domain/time.ts'

export interface SessionRow {
  id: string
  user_id: UserId
  client_id: string
  audience: string
  scope: string | null
  live: number
  spent: number
  spent_at: number | null
  retry_key_hash: string | null
  created_at: number
  last_used_at: number
  idle_expires_at: number
  absolute_expires_at: number
  ended_at: number | null
  ended_reason: string | null
  device_label: string | null
  ip_address: string | null
  auth_time: number | null
  acr: string | null
  amr: string | null
  browser_session_id: string | null
  dpop_jkt: string | null
  certificate_thumbprint: string | null
  requested_claims: string | null
}

/** By name: `*` would change under a prepared statement when a newer node adds a column. */
export const sessionColumns: readonly (keyof SessionRow)[] = [
  'id',
  'user_id',
  'client_id',
  'audience',
  'scope',
  'live',
  'spent',
  'spent_at',
  'retry_key_hash',
  'created_at',
  'last_used_at',
  'idle_expires_at',
  'absolute_expires_at',
  'ended_at',
  'ended_reason',
  'device_label',
  'ip_address',
  'auth_time',
  'acr',
  'amr',
  'browser_session_id',
  'dpop_jkt',
  'certificate_thumbprint',
  'requested_claims',
]

export function sessionOf(row: SessionRow | undefined): Session | null {
  if (row === undefined) return null
  return {
    id: row.id as SessionId,
    userId: row.user_id,
    clientId: row.client_id,
    audience: row.audience,
    scope: row.scope,
    live: row.live,
    spent: row.spent,
    spentAt: row.spent_at as UnixSeconds | null,
    retryKeyHash: row.retry_key_hash,
    createdAt: row.created_at as UnixSeconds,
    lastUsedAt: row.last_used_at as UnixSeconds,
    idleExpiresAt: row.idle_expires_at as UnixSeconds,
    absoluteExpiresAt: row.absolute_expires_at as UnixSeconds,
    endedAt: row.ended_at as UnixSeconds | null,
    endedReason: row.ended_reason as SessionEndReason | null,
    deviceLabel: row.device_label,
    ipAddress: row.ip_address,
    authTime: row.auth_time as UnixSeconds | null,
    acr: row.acr,
    amr: row.amr === null ? null : (JSON.parse(row.amr) as string[]),
    browserSessionId: row.browser_session_id,
    dpopKeyThumbprint: row.dpop_jkt,
    certificateThumbprint: row.certificate_thumbprint,
    requestedClaims:
      row.requested_claims === null ? null : (JSON.parse(row.requested_claims) as RequestedClaims),
  }
}
