import type { NewSecurityEvent } from '../../domain/event.ts'
import type { BrowserSessionId, UserId } from '../../domain/ids.ts'
import type { SessionEndReason } from '../../domain/session.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlTransaction } from '../database.ts'
import { appendEvent } from './events.ts'

/**
 * Nothing leads to it any more. The row stays for a while: it is known from where its user came.
 */
export const ending = `ended_at = ?, secret_hash = 'ended ' || id`

export const statements = {
  endOpen: `UPDATE browser_sessions SET ${ending}
    WHERE user_id = ? AND id <> ? AND ended_at IS NULL RETURNING id`,
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
