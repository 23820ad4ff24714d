import type { EventName, NewSecurityEvent, SecurityEvent } from '../../domain/event.ts'
import type { SessionId, UserId } from '../../domain/ids.ts'
import type { EventStore } from '../../domain/ports.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase, SqlTransaction } from '../database.ts'

interface EventRow {
  sequence: number
  at: number
  name: string
  user_id: string | null
  session_id: string | null
  ip_address: string | null
  details: string
}

const statements = {
  append: `INSERT INTO events (at, name, user_id, session_id, ip_address, details)
    VALUES (?, ?, ?, ?, ?, ?)`,
  list: `SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?`,
  newest: `SELECT * FROM events ORDER BY sequence DESC LIMIT ?`,
}

/** Writes an event inside the transaction of the change it tells of. */
export async function appendEvent(
  transaction: SqlTransaction,
  event: NewSecurityEvent,
): Promise<void> {
  await transaction.run(statements.append, [
    event.at,
    event.name,
    event.userId,
    event.sessionId,
    event.ipAddress,
    JSON.stringify(event.details),
  ])
}

export function createEventStore(database: SqlDatabase): EventStore {
  return {
    append: (event) => database.write((transaction) => appendEvent(transaction, event)),

    async list(after, limit) {
      const rows = await database.all<EventRow>(statements.list, [after, limit])
      return rows.map(eventOf)
    },

    async newest(limit) {
      const rows = await database.all<EventRow>(statements.newest, [limit])
      return rows.toReversed().map(eventOf)
    },
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
