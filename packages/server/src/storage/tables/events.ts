import type { EventName, NewSecurityEvent, SecurityEvent } from '../../domain/event.ts'
import type { SessionId, UserId } from '../../domain/ids.ts'
import type { EventStore } from '../../domain/ports.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase, SqlTransaction, SqlValue } from '../database.ts'

interface EventRow {
  sequence: number
  at: number
  name: string
  user_id: string | null
  session_id: string | null
  ip_address: string | null
  details: string
}

const COLUMNS = 'sequence, at, name, user_id, session_id, ip_address, details'

export const statements = {
  append: `INSERT INTO events (at, name, user_id, session_id, ip_address, details)
    VALUES (?, ?, ?, ?, ?, ?)`,
  list: `SELECT ${COLUMNS} FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?`,
  newest: `SELECT ${COLUMNS} FROM events ORDER BY sequence DESC LIMIT ?`,
  forget: `DELETE FROM events WHERE sequence IN
      (SELECT sequence FROM events ORDER BY sequence LIMIT ?) AND at < ?
    RETURNING sequence`,
}

/** Writes an event inside the transaction of the change it tells of. */
export async function appendEvent(
  transaction: SqlTransaction,
  event: NewSecurityEvent,
): Promise<void> {
  await transaction.run(statements.append, valuesOf(event))
}

function valuesOf(event: NewSecurityEvent): SqlValue[] {
  const { at, name, userId, sessionId, ipAddress, details } = event
  return [at, name, userId, sessionId, ipAddress, JSON.stringify(details)]
}

/**
 * Makes a change and, when it changed a row, stores the events that tell of it. The change is one
 * statement that returns `user_id`, whom an event without a user of its own is about. Returns the
 * row, or undefined when nothing changed.
 */
export async function changeAndTell<Row extends { user_id: UserId }>(
  database: SqlDatabase,
  change: string,
  parameters: readonly SqlValue[],
  events: readonly NewSecurityEvent[],
): Promise<Row | undefined> {
  if (database.dialect === 'postgres') {
    const sql = changeAndTellStatement(change, events.length)
    const [row] = await database.writeOne<Row>(sql, [...parameters, ...events.flatMap(valuesOf)])
    return row
  }
  return database.write(async (transaction) => {
    const row = await transaction.get<Row>(change, parameters)
    if (row === undefined) return undefined
    for (const event of events) {
      await appendEvent(transaction, { ...event, userId: event.userId ?? row.user_id })
    }
    return row
  })
}

const changeAndTellStatements = new Map<string, string>()

/** PostgreSQL changes and tells in one statement, so in one round trip. SQLite has no such thing. */
export function changeAndTellStatement(change: string, eventCount: number): string {
  if (eventCount === 0) return change
  const key = `${eventCount} ${change}`
  let sql = changeAndTellStatements.get(key)
  if (sql === undefined) {
    const event = `(CAST(? AS bigint), ?, ?, ?, ?, ?)`
    sql = `WITH changed AS (${change}),
      told AS (INSERT INTO events (at, name, user_id, session_id, ip_address, details)
        SELECT event.at, event.name, COALESCE(event.user_id, changed.user_id), event.session_id,
          event.ip_address, event.details
        FROM changed, (VALUES ${Array(eventCount).fill(event).join(', ')})
          AS event (at, name, user_id, session_id, ip_address, details))
      SELECT * FROM changed`
    changeAndTellStatements.set(key, sql)
  }
  return sql
}

export function createEventStore(database: SqlDatabase): EventStore {
  return {
    append: async (event) => void (await database.writeOne(statements.append, valuesOf(event))),

    async list(after, limit) {
      const rows = await database.all<EventRow>(statements.list, [after, limit])
      return rows.map(eventOf)
    },

    async newest(limit) {
      const rows = await database.all<EventRow>(statements.newest, [limit])
      return rows.toReversed().map(eventOf)
    },

    forget: async (before, limit) =>
      (await database.writeOne(statements.forget, [limit, before])).length,
  }
}

function eventOf(row: EventRow): SecurityEvent {
  return {
    sequence: row.sequence,
    at: row.at as UnixSeconds,
    name: row.name as EventName,
    userId: row.user_id as UserId | null,
    sessionId: row.session_id as SessionId | null,
    ipAddress: row.ip_address,
    details: JSON.parse(row.details) as SecurityEvent['details'],
  }
}
