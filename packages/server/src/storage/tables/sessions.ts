import type { NewSecurityEvent } from '../../domain/event.ts'
import type { BrowserSessionId, SessionId, UserId } from '../../domain/ids.ts'
import type { SessionStore } from '../../domain/ports.ts'
import type { Revocation } from '../../domain/revocation.ts'
import type { SessionEndReason } from '../../domain/session.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase, SqlTransaction } from '../database.ts'
import { endOpenBrowserSessions } from './browser-session-endings.ts'
import { appendEvent, changeAndTell } from './events.ts'
import { createRotateLive } from './session-rotation.ts'
import { createStart } from './session-starts.ts'
import { sessionColumns, sessionOf, type SessionRow } from './session-row.ts'

/** Greater than every base64url character. */
const AFTER_EVERY_ID = '~'

const COLUMNS = sessionColumns.join(', ')

export const statements = {
  find: `SELECT ${COLUMNS} FROM sessions WHERE id = ?`,
  advance: `UPDATE sessions SET live = ?, spent = ?, spent_at = ?, retry_key_hash = ?,
      last_used_at = ?, idle_expires_at = ?
    WHERE id = ? AND live = ? AND spent = ? AND ended_at IS NULL RETURNING user_id`,
  end: `UPDATE sessions SET ended_at = ?, ended_reason = ? WHERE id = ? AND ended_at IS NULL
    RETURNING user_id`,
  endOpen: `UPDATE sessions SET ended_at = ?, ended_reason = ?
    WHERE user_id = ? AND id <> ? AND (browser_session_id IS NULL OR browser_session_id <> ?)
      AND ended_at IS NULL RETURNING id`,
  endOfBrowser: `UPDATE sessions SET ended_at = ?, ended_reason = ?
    WHERE browser_session_id = ? AND user_id = ? AND ended_at IS NULL RETURNING id`,
  listOpenOfUser: `SELECT ${COLUMNS} FROM sessions WHERE user_id = ? AND ended_at IS NULL
      AND idle_expires_at > ? AND absolute_expires_at > ? ORDER BY last_used_at DESC, id DESC`,
  endOfStep: `SELECT id FROM sessions WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?`,
  forget: `DELETE FROM sessions WHERE id > ? AND id <= ?
    AND (ended_at < ? OR idle_expires_at < ? OR absolute_expires_at < ?)`,
}

export function createSessionStore(database: SqlDatabase): SessionStore {
  return {
    start: createStart(database),

    find: async (id) => sessionOf(await database.get<SessionRow>(statements.find, [id])),

    rotateLive: createRotateLive(database),

    async advance(from, to, event) {
      const advanced = await changeAndTell(
        database,
        statements.advance,
        [
          to.live,
          to.spent,
          to.spentAt,
          to.retryKeyHash,
          to.lastUsedAt,
          to.idleExpiresAt,
          from.id,
          from.live,
          from.spent,
        ],
        [event],
      )
      return advanced !== undefined
    },

    async end(id, reason, at, because) {
      const revoked = sessionRevoked(id, null, reason, at)
      const events = because === undefined ? [revoked] : [because, revoked]
      const ended = await changeAndTell(database, statements.end, [at, reason, id], events)
      return ended === undefined ? null : { kind: 'session', subject: id, at }
    },

    endAllOfUser: (userId, reason, at) =>
      database.write((transaction) =>
        endAll(transaction, { userId, keep: null, keepBrowser: null, reason, at }),
      ),

    async listOpenOfUser(userId, now) {
      const rows = await database.all<SessionRow>(statements.listOpenOfUser, [userId, now, now])
      return rows.map((row) => sessionOf(row)!)
    },

    async forget(after, overBefore, limit) {
      const from = after ?? ''
      type Row = { id: SessionId }
      const last = await database.get<Row>(statements.endOfStep, [from, limit - 1])
      const until = last?.id ?? AFTER_EVERY_ID
      const parameters = [from, until, overBefore, overBefore, overBefore]
      await database.writeOne(statements.forget, parameters)
      return last?.id ?? null
    },
  }
}

interface Ending {
  readonly userId: UserId
  readonly keep: SessionId | null
  /** Those started in it stay too. */
  readonly keepBrowser: BrowserSessionId | null
  readonly reason: SessionEndReason
  readonly at: UnixSeconds
}

async function endAll(transaction: SqlTransaction, ending: Ending): Promise<Revocation[]> {
  await endOpenBrowserSessions(transaction, ending)
  return endOpenSessions(transaction, ending)
}

/** Ends a user's sessions as a part of a larger change. */
export async function endOpenSessions(
  transaction: SqlTransaction,
  { userId, keep, keepBrowser, reason, at }: Ending,
): Promise<Revocation[]> {
  const parameters = [at, reason, userId, keep ?? '', keepBrowser ?? '']
  const rows = await transaction.all<{ id: SessionId }>(statements.endOpen, parameters)
  for (const { id } of rows) await appendEvent(transaction, sessionRevoked(id, userId, reason, at))
  return rows.map(({ id }) => ({ kind: 'session', subject: id, at }))
}

interface BrowserEnding {
  readonly id: BrowserSessionId
  readonly userId: UserId
  readonly reason: SessionEndReason
  readonly at: UnixSeconds
}

/** Ends the sessions that were started in a browser session, as a part of its end. */
export async function endSessionsOfBrowser(
  transaction: SqlTransaction,
  { id: browserSessionId, userId, reason, at }: BrowserEnding,
): Promise<Revocation[]> {
  const parameters = [at, reason, browserSessionId, userId]
  const rows = await transaction.all<{ id: SessionId }>(statements.endOfBrowser, parameters)
  for (const { id } of rows) await appendEvent(transaction, sessionRevoked(id, userId, reason, at))
  return rows.map(({ id }) => ({ kind: 'session', subject: id, at }))
}

/** The event that every end of a session writes. */
export function sessionRevoked(
  sessionId: SessionId,
  userId: UserId | null,
  reason: SessionEndReason,
  at: UnixSeconds,
): NewSecurityEvent {
  return {
    name: 'session.revoked',
    at,
    userId,
    sessionId,
    ipAddress: null,
    details: { reason },
  }
}
