import type { Session } from '../../domain/session.ts'
import type { Dialect, SqlValue } from '../database.ts'

/** Unless the user was disabled or got another password. */
const insert = `INSERT INTO sessions (id, client_id, audience, scope, live, spent,
    created_at, last_used_at, idle_expires_at, absolute_expires_at, device_label, ip_address,
    auth_time, acr, amr, browser_session_id, dpop_jkt, certificate_thumbprint, requested_claims,
    user_id)
  SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, id FROM users
  WHERE id = ? AND credential_version = ? AND disabled_at IS NULL`

/**
 * A session must not start from an account that is being disabled. SQLite has one writer at a time;
 * PostgreSQL makes the two wait for each other, and the later one sees what the first did.
 */
export const statements = {
  sqlite: `${insert} RETURNING user_id`,
  postgres: `${insert} FOR SHARE RETURNING user_id`,
}

/** Starts a session; returns no row when it must not start. */
export function startStatement(dialect: Dialect): string {
  return statements[dialect]
}

/** The parameters of `startStatement`. */
export function newSessionRow(session: Session, credentialVersion: number): SqlValue[] {
  return [
    session.id,
    session.clientId,
    session.audience,
    session.scope,
    session.live,
    session.spent,
    session.createdAt,
    session.lastUsedAt,
    session.idleExpiresAt,
    session.absoluteExpiresAt,
    session.deviceLabel,
    session.ipAddress,
    session.authTime,
    session.acr,
    session.amr === null ? null : JSON.stringify(session.amr),
    session.browserSessionId,
    session.dpopKeyThumbprint,
    session.certificateThumbprint,
    session.requestedClaims === null ? null : JSON.stringify(session.requestedClaims),
    session.userId,
    credentialVersion,
  ]
}
