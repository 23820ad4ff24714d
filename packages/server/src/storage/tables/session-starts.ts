import type { NewSecurityEvent } from '../../domain/event.ts'
import type { StartedSession } from '../../domain/ports.ts'
import type { Session } from '../../domain/session.ts'
import type { SqlDatabase, SqlTransaction } from '../database.ts'
import { arraysOf, fromArrays, type ArrayColumn } from '../postgres/arrays.ts'
import { createGather } from '../postgres/gather.ts'
import { refund } from './attempt-windows.ts'
import { appendEvent } from './events.ts'
import { newSessionColumns, newSessionRow, startStatement } from './session-start.ts'

const names = newSessionColumns.map(({ name }) => name).join(', ')

const startedColumns: readonly ArrayColumn<StartedSession>[] = [
  ...newSessionColumns.map(({ of, ...column }): ArrayColumn<StartedSession> => ({
    ...column,
    of: ({ session }) => of(session),
  })),
  { name: 'version', type: 'bigint', of: ({ credentialVersion }) => credentialVersion },
  { name: 'account_key', type: 'text', of: ({ counted }) => counted?.account.key ?? null },
  {
    name: 'account_window',
    type: 'bigint',
    of: ({ counted }) => counted?.account.startedAt ?? null,
  },
  { name: 'address_key', type: 'text', of: ({ counted }) => counted?.address?.key ?? null },
  {
    name: 'address_window',
    type: 'bigint',
    of: ({ counted }) => counted?.address?.startedAt ?? null,
  },
]

interface ToldEvent {
  readonly of: Session
  readonly event: NewSecurityEvent
}

const eventColumns: readonly ArrayColumn<ToldEvent>[] = [
  { name: 'of_session', type: 'text', of: ({ of: { id } }) => id },
  { name: 'at', type: 'bigint', of: ({ event }) => event.at },
  { name: 'name', type: 'text', of: ({ event }) => event.name },
  { name: 'user_id', type: 'text', of: ({ event, of: { userId } }) => event.userId ?? userId },
  { name: 'session_id', type: 'text', of: ({ event }) => event.sessionId },
  { name: 'ip_address', type: 'text', of: ({ event }) => event.ipAddress },
  { name: 'details', type: 'text', of: ({ event }) => JSON.stringify(event.details) },
]

/**
 * A session must not start from an account that is being disabled: the two wait for each other, and
 * the later one sees what the first did. Rows of attempts are locked in the order of their keys, as
 * everywhere, and users before them, so that no two statements wait for each other.
 */
function startOnPostgres(whatIsLocked: '' | 'SKIP LOCKED'): string {
  return `WITH asked AS (SELECT * FROM ${fromArrays(startedColumns, 'one')}),
    allowed AS MATERIALIZED (
      SELECT asked.* FROM asked JOIN users ON users.id = asked.user_id
      WHERE credential_version = version AND disabled_at IS NULL
      FOR SHARE OF users ${whatIsLocked}),
    started AS (INSERT INTO sessions (${names}) SELECT ${names} FROM allowed RETURNING id),
    told AS (
      INSERT INTO events (at, name, user_id, session_id, ip_address, details)
      SELECT at, name, user_id, session_id, ip_address, details
      FROM ${fromArrays(eventColumns, 'event')} WHERE of_session IN (SELECT id FROM allowed)
      ORDER BY place),
    due AS (
      SELECT key, began_at, COUNT(*) AS taken_back FROM (
          SELECT account_key AS key, account_window AS began_at FROM allowed
          UNION ALL SELECT address_key, address_window FROM allowed) AS counters
        WHERE key IS NOT NULL GROUP BY key, began_at),
    locked AS MATERIALIZED (
      SELECT attempts.key, taken_back FROM attempts JOIN due
        ON due.key = attempts.key AND began_at = window_started_at
      ORDER BY attempts.key FOR UPDATE OF attempts),
    refunded AS (
      UPDATE attempts SET attempts = GREATEST(attempts - taken_back, 0)
      FROM locked WHERE attempts.key = locked.key)
    SELECT id FROM started`
}

export const statements = {
  postgres: {
    startOne: startOnPostgres(''),
    /** A user whom another writer has is left out instead of waited for. */
    startMany: startOnPostgres('SKIP LOCKED'),
  },
}

/** On SQLite several share a commit; PostgreSQL takes those in flight together. */
export function createStart(database: SqlDatabase): (started: StartedSession) => Promise<boolean> {
  if (database.dialect === 'sqlite') {
    return (started) => database.write((transaction) => startOnSqlite(transaction, started))
  }
  return createGather(
    ({ session }) => session.id,
    async (started) =>
      (await idsOfStarted(database, statements.postgres.startOne, [started])).size === 1,
    async (all) => {
      const ids = await idsOfStarted(database, statements.postgres.startMany, all)
      return all.map(({ session }) => (ids.has(session.id) ? true : undefined))
    },
  )
}

async function startOnSqlite(
  transaction: SqlTransaction,
  { session, credentialVersion, events, counted }: StartedSession,
): Promise<boolean> {
  const row = newSessionRow(session, credentialVersion)
  if ((await transaction.get(startStatement('sqlite'), row)) === undefined) return false
  for (const event of events) {
    await appendEvent(transaction, { ...event, userId: event.userId ?? session.userId })
  }
  if (counted !== null) await refund(transaction, counted)
  return true
}

async function idsOfStarted(
  database: SqlDatabase,
  sql: string,
  all: readonly StartedSession[],
): Promise<Set<string>> {
  const told = all.flatMap(({ session, events }) => events.map((event) => ({ of: session, event })))
  const rows = await database.writeOne<{ id: string }>(sql, [
    ...arraysOf(startedColumns, all),
    ...arraysOf(eventColumns, told),
  ])
  return new Set(rows.map(({ id }) => id))
}
