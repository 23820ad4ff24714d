import type { SessionId, UserId } from '../../domain/ids.ts'
import type { SessionEndReason } from '../../domain/session.ts'
import type { SignalStore } from '../../domain/signal.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase } from '../database.ts'

export const statements = {
  begin: `INSERT INTO signal_receivers (id, told_since) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`,
  toldSince: `SELECT told_since FROM signal_receivers WHERE id = ?`,
  pending: `SELECT id, user_id, client_id, ended_at, ended_reason FROM sessions
    WHERE ended_at >= ? AND NOT EXISTS
      (SELECT 1 FROM signal_acknowledgements AS known WHERE known.id = sessions.id || ' ' || ?)
    ORDER BY ended_at, id LIMIT ?`,
  acknowledge: `INSERT INTO signal_acknowledgements (id, receiver, ended_at)
    SELECT id || ' ' || ?, ?, ended_at FROM sessions WHERE id = ? AND ended_at IS NOT NULL
    ON CONFLICT (id) DO NOTHING`,
  settle: `UPDATE signal_receivers SET told_since = ? WHERE id = ? AND told_since < ?`,
  forget: `DELETE FROM signal_acknowledgements WHERE receiver = ? AND ended_at < ?`,
}

interface PendingRow {
  id: SessionId
  user_id: UserId
  client_id: string
  ended_at: UnixSeconds
  ended_reason: SessionEndReason
}

export function createSignalStore(database: SqlDatabase): SignalStore {
  return {
    async toldSince(receiver, now) {
      type Row = { told_since: UnixSeconds }
      const known = await database.get<Row>(statements.toldSince, [receiver])
      if (known !== undefined) return known.told_since
      return database.write(async (transaction) => {
        await transaction.run(statements.begin, [receiver, now])
        return (await transaction.get<Row>(statements.toldSince, [receiver]))!.told_since
      })
    },

    async pending(receiver, since, limit) {
      const rows = await database.all<PendingRow>(statements.pending, [since, receiver, limit])
      return rows.map((row) => ({
        sessionId: row.id,
        userId: row.user_id,
        clientId: row.client_id,
        at: row.ended_at,
        reason: row.ended_reason,
      }))
    },

    acknowledge: (receiver, sessions) =>
      database.write(async (transaction) => {
        // In one order everywhere, so that two requests never wait for each other.
        for (const id of sessions.toSorted()) {
          await transaction.run(statements.acknowledge, [receiver, receiver, id])
        }
      }),

    settle: (receiver, until) =>
      database.write(async (transaction) => {
        await transaction.run(statements.settle, [until, receiver, until])
        await transaction.run(statements.forget, [receiver, until])
      }),
  }
}
