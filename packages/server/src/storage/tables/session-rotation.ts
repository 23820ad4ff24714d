import type { LiveExchange } from '../../domain/ports.ts'
import type { Session } from '../../domain/session.ts'
import type { SqlDatabase } from '../database.ts'
import { arraysOf, fromArrays, type ArrayColumn } from '../postgres/arrays.ts'
import { createGather } from '../postgres/gather.ts'
import { changeAndTell } from './events.ts'
import { sessionColumns, sessionOf, type SessionRow } from './session-row.ts'

const presentedColumns: readonly ArrayColumn<LiveExchange>[] = [
  { name: 'session_id', type: 'text', of: ({ sessionId }) => sessionId },
  { name: 'generation', type: 'bigint', of: ({ generation }) => generation },
  { name: 'retry_key_hash', type: 'text', of: ({ retryKeyHash }) => retryKeyHash },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'idle_until', type: 'bigint', of: ({ idleExpiresAt }) => idleExpiresAt },
  { name: 'event_name', type: 'text', of: ({ event }) => event.name },
  { name: 'event_ip_address', type: 'text', of: ({ event }) => event.ipAddress },
  { name: 'event_details', type: 'text', of: ({ event }) => JSON.stringify(event.details) },
]

/**
 * The conditions are those under which `decideRotation` answers `rotated`, and what is set is its
 * `next`; the contract suite compares the two in every state.
 */
export const statements = {
  rotateLive: `UPDATE sessions SET live = live + 1, spent = live, spent_at = ?, retry_key_hash = ?,
      last_used_at = ?,
      idle_expires_at = CASE WHEN ? < absolute_expires_at THEN ? ELSE absolute_expires_at END
    WHERE id = ? AND live = ? AND ended_at IS NULL
      AND idle_expires_at > ? AND absolute_expires_at > ?
    RETURNING ${sessionColumns.join(', ')}`,
  postgres: {
    /**
     * The same for many sessions. A session that another writer has is left out instead of waited
     * for, so that no session waits for another one's lock, and no two groups for each other.
     */
    rotateManyLive: `WITH presented AS (
        SELECT * FROM ${fromArrays(presentedColumns, 'one')}),
      locked AS MATERIALIZED (
        SELECT presented.* FROM presented JOIN sessions ON sessions.id = presented.session_id
        WHERE live = generation AND ended_at IS NULL
          AND idle_expires_at > at AND absolute_expires_at > at
        FOR UPDATE OF sessions SKIP LOCKED),
      rotated AS (
        UPDATE sessions SET live = live + 1, spent = live, spent_at = at,
          retry_key_hash = locked.retry_key_hash, last_used_at = at,
          idle_expires_at = CASE WHEN idle_until < absolute_expires_at
            THEN idle_until ELSE absolute_expires_at END
        FROM locked WHERE id = session_id
        RETURNING ${sessionColumns.map((column) => `sessions.${column}`).join(', ')},
          event_name, event_ip_address, event_details),
      told AS (
        INSERT INTO events (at, name, user_id, session_id, ip_address, details)
        SELECT spent_at, event_name, user_id, id, event_ip_address, event_details FROM rotated)
      SELECT * FROM rotated`,
  },
}

/** One at a time on SQLite, where group commit gathers; PostgreSQL takes those in flight together. */
export function createRotateLive(
  database: SqlDatabase,
): (exchange: LiveExchange) => Promise<Session | null> {
  const rotateOne = (exchange: LiveExchange) => rotateLive(database, exchange)
  return database.dialect === 'sqlite'
    ? rotateOne
    : createGather(
        ({ sessionId }) => sessionId,
        rotateOne,
        (exchanges) => rotateManyLive(database, exchanges),
      )
}

async function rotateLive(
  database: SqlDatabase,
  { sessionId, generation, retryKeyHash, at, idleExpiresAt, event }: LiveExchange,
): Promise<Session | null> {
  const row = await changeAndTell<SessionRow>(
    database,
    statements.rotateLive,
    [at, retryKeyHash, at, idleExpiresAt, idleExpiresAt, sessionId, generation, at, at],
    [event],
  )
  return sessionOf(row)
}

async function rotateManyLive(
  database: SqlDatabase,
  exchanges: readonly LiveExchange[],
): Promise<(Session | null)[]> {
  const rows = await database.writeOne<SessionRow>(
    statements.postgres.rotateManyLive,
    arraysOf(presentedColumns, exchanges),
  )
  const rowOf = new Map(rows.map((row) => [row.id, row]))
  return exchanges.map(({ sessionId }) => sessionOf(rowOf.get(sessionId)))
}
