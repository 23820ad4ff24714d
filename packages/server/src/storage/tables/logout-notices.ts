import type { SessionId, UserId } from '../../domain/ids.ts'
import type { LogoutNoticeStore } from '../../domain/logout-notice.ts'
import type { SqlDatabase } from '../database.ts'
import { appendEvent } from './events.ts'

interface DueRow {
  id: SessionId
  user_id: UserId
  attempts: number
}

export const statements = {
  listDue: `SELECT sessions.id, sessions.user_id, COALESCE(notice.attempts, 0) AS attempts
    FROM sessions LEFT JOIN logout_notices AS notice ON notice.session_id = sessions.id
    WHERE sessions.ended_at >= ? AND sessions.client_id = ?
      AND (notice.session_id IS NULL OR (notice.is_settled = 0 AND notice.due_at <= ?))
    ORDER BY sessions.ended_at LIMIT ?`,
  claim: `INSERT INTO logout_notices (session_id, attempts, due_at, is_settled) VALUES (?, 1, ?, 0)
    ON CONFLICT (session_id) DO UPDATE
      SET attempts = logout_notices.attempts + 1, due_at = excluded.due_at
      WHERE logout_notices.is_settled = 0 AND logout_notices.due_at <= ?
    RETURNING session_id`,
  settle: `UPDATE logout_notices SET is_settled = 1 WHERE session_id = ?`,
  forget: `DELETE FROM logout_notices WHERE session_id IN
      (SELECT session_id FROM logout_notices WHERE due_at < ? LIMIT ?)
    RETURNING session_id`,
}

export function createLogoutNoticeStore(database: SqlDatabase): LogoutNoticeStore {
  return {
    async listDue(clientId, endedSince, now, limit) {
      const parameters = [endedSince, clientId, now, limit]
      const rows = await database.all<DueRow>(statements.listDue, parameters)
      return rows.map(({ id, user_id, attempts }) => ({ sessionId: id, userId: user_id, attempts }))
    },

    claim: async ({ sessionId }, now, until) =>
      (await database.writeOne(statements.claim, [sessionId, until, now])).length === 1,

    settle: (sessionId, failure) =>
      database.write(async (transaction) => {
        await transaction.run(statements.settle, [sessionId])
        if (failure !== null) await appendEvent(transaction, failure)
      }),

    forget: async (before, limit) =>
      (await database.writeOne(statements.forget, [before, limit])).length,
  }
}
