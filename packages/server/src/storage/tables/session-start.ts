import { networkOf } from '../../domain/network.ts'
import type { Session } from '../../domain/session.ts'
import type { Dialect, SqlValue } from '../database.ts'
import type { ArrayColumn } from '../postgres/arrays.ts'

/** What a session is stored with when it starts; the rest comes later. */
export const newSessionColumns: readonly ArrayColumn<Session>[] = [
  { name: 'id', type: 'text', of: ({ id }) => id },
  { name: 'user_id', type: 'text', of: ({ userId }) => userId },
  { name: 'client_id', type: 'text', of: ({ clientId }) => clientId },
  { name: 'audience', type: 'text', of: ({ audience }) => audience },
  { name: 'scope', type: 'text', of: ({ scope }) => scope },
  { name: 'live', type: 'bigint', of: ({ live }) => live },
  { name: 'spent', type: 'bigint', of: ({ spent }) => spent },
  { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  { name: 'last_used_at', type: 'bigint', of: ({ lastUsedAt }) => lastUsedAt },
  { name: 'idle_expires_at', type: 'bigint', of: ({ idleExpiresAt }) => idleExpiresAt },
  { name: 'absolute_expires_at', type: 'bigint', of: ({ absoluteExpiresAt }) => absoluteExpiresAt },
  { name: 'device_label', type: 'text', of: ({ deviceLabel }) => deviceLabel },
  { name: 'ip_address', type: 'text', of: ({ ipAddress }) => ipAddress },
  { name: 'network', type: 'text', of: ({ ipAddress }) => networkOf(ipAddress) },
  { name: 'auth_time', type: 'bigint', of: ({ authTime }) => authTime },
  { name: 'acr', type: 'text', of: ({ acr }) => acr },
  { name: 'amr', type: 'text', of: ({ amr }) => jsonOf(amr) },
  { name: 'browser_session_id', type: 'text', of: ({ browserSessionId }) => browserSessionId },
  { name: 'dpop_jkt', type: 'text', of: ({ dpopKeyThumbprint }) => dpopKeyThumbprint },
  {
    name: 'certificate_thumbprint',
    type: 'text',
    of: ({ certificateThumbprint }) => certificateThumbprint,
  },
  { name: 'requested_claims', type: 'text', of: ({ requestedClaims }) => jsonOf(requestedClaims) },
]

function jsonOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

/** Unless the user was disabled or got another password. */
const insert = `INSERT INTO sessions (${newSessionColumns.map(({ name }) => name).join(', ')})
  SELECT ${newSessionColumns.map(() => '?').join(', ')} FROM users
  WHERE id = ? AND credential_version = ? AND disabled_at IS NULL`

/**
 * A session must not start from an account that is being disabled. SQLite has one writer at a time;
 * PostgreSQL makes the two wait for each other, and the later one sees what the first did.
 */
export const statements = {
  sqlite: `${insert} RETURNING user_id`,
  postgres: `${insert} FOR SHARE RETURNING user_id`,
}

/** Starts a session in a larger transaction; returns no row when it must not start. */
export function startStatement(dialect: Dialect): string {
  return statements[dialect]
}

/** The parameters of `startStatement`. */
export function newSessionRow(session: Session, credentialVersion: number): SqlValue[] {
  return [...newSessionColumns.map(({ of }) => of(session)), session.userId, credentialVersion]
}
