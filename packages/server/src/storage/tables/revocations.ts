import type { RevocationStore } from '../../domain/ports.ts'
import type { Revocation } from '../../domain/revocation.ts'
import type { SqlDatabase } from '../database.ts'

/**
 * Nothing is written for the feed: what ends a session, disables a user, deletes a client or
 * withdraws a key leaves the instant in the row itself, indexed and final, so change and revocation
 * are one transaction. Enabling a user again moves the instant to another column.
 */
export const statements = {
  since: `SELECT 'session' AS kind, id AS subject, ended_at AS at FROM sessions WHERE ended_at >= ?
    UNION ALL
    SELECT 'user' AS kind, id AS subject, disabled_at AS at FROM users WHERE disabled_at >= ?
    UNION ALL
    SELECT 'user' AS kind, id AS subject, previously_disabled_at AS at
      FROM users WHERE previously_disabled_at >= ?
    UNION ALL
    SELECT 'client' AS kind, id AS subject, deleted_at AS at
      FROM clients WHERE changed_at >= ? AND deleted_at >= ?
    UNION ALL
    SELECT 'key' AS kind, kid AS subject, COALESCE(withdrawn_at, retired_at) AS at
      FROM signing_keys
      WHERE COALESCE(withdrawn_at, retired_at) >= ? AND purpose <> 'refresh_token'`,
}

export function createRevocationStore(database: SqlDatabase): RevocationStore {
  return {
    async since(instant) {
      const rows = await database.all<Revocation>(statements.since, Array(6).fill(instant))
      return rows.map(({ kind, subject, at }) => ({ kind, subject, at }))
    },
  }
}
