import type { NewSecurityEvent } from '../../domain/event.ts'
import type { BrowserSessionId, UserId } from '../../domain/ids.ts'
import type { SessionEndReason } from '../../domain/session.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { Dialect, SqlTransaction } from '../database.ts'
import { appendEvent } from './events.ts'

/**
 * Nothing leads to it any more. The row stays for a while: it is known from where its user came.
 */
export const ending = `ended_at = ?, secret_hash = 'ended ' || id`

const endedAt = 'SELECT ended_at FROM browser_sessions WHERE id = ?'

export const statements = {
  /** An end at the same moment waits, and then finds what was started meanwhile; or it was first. */
  endedAt: { sqlite: endedAt, postgres: `${endedAt} FOR SHARE` },
  endOpen: `UPDATE browser_sessions SET ${ending}
    WHERE user_id = ? AND id <> ? AND ended_at IS NULL RETURNING id`,
}

/**
 * Whether the browser session in which a user said yes has ended since: then nothing more comes of
 * it. False for what was not said in one, and for one that is kept elsewhere.
 */
export async function hasBrowserSessionEnded(
  transaction: SqlTransaction,
  dialect: Dialect,
  id: string | null,
): Promise<boolean> {
  if (id === null) return false
  type Row = { ended_at: number | null }
  const row = await transaction.get<Row>(statements.endedAt[dialect], [id])
  return row !== undefined && row.ended_at !== null
}

interface Ending {
  readonly userId: UserId
  readonly keepBrowser: BrowserSessionId | null
  readonly reason: SessionEndReason
  readonly at: UnixSeconds
}

/** Ends a user's browser sessions as a part of a larger change. */
export async function endOpenBrowserSessions(
  transaction: SqlTransaction,
  { userId, keepBrowser, reason, at }: Ending,
): Promise<void> {
  const parameters = [at, userId, keepBrowser ?? '']
  const rows = await transaction.all<{ id: BrowserSessionId }>(statements.endOpen, parameters)
  for (const { id } of rows) {
    await appendEvent(transaction, browserSessionEnded(id, userId, reason, at))
  }
}

/** The event that every end of a browser session writes. */
export function browserSessionEnded(
  id: BrowserSessionId,
  userId: UserId,
  reason: SessionEndReason,
  at: UnixSeconds,
): NewSecurityEvent {
  return {
    name: 'browser_session.ended',
    at,
    userId,
    sessionId: null,
    ipAddress: null,
    details: { browser_session_id: id, reason },
  }
}
