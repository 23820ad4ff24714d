import type { AttemptWindow, CountedWindows } from '../../domain/ports.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlTransaction } from '../database.ts'

export const WINDOW_SECONDS = 60

export interface AttemptRow {
  key: string
  attempts: number
  window_started_at: number
}

/** Adds to a window that is not over, or begins one. */
export const whenCounted = `ON CONFLICT (key) DO UPDATE SET
    attempts = CASE WHEN attempts.window_started_at > excluded.window_started_at - ${WINDOW_SECONDS}
      THEN attempts.attempts + excluded.attempts ELSE excluded.attempts END,
    window_started_at = CASE
      WHEN attempts.window_started_at > excluded.window_started_at - ${WINDOW_SECONDS}
      THEN attempts.window_started_at ELSE excluded.window_started_at END
  RETURNING key, attempts, window_started_at`

export const statements = {
  count: `INSERT INTO attempts (key, attempts, window_started_at) VALUES (?, 1, ?) ${whenCounted}`,
  refund: `UPDATE attempts SET attempts = attempts - 1
    WHERE key = ? AND window_started_at = ? AND attempts > 0`,
}

export function windowOf(row: AttemptRow): AttemptWindow {
  return {
    key: row.key,
    attempts: row.attempts,
    startedAt: row.window_started_at as UnixSeconds,
    endsAt: (row.window_started_at + WINDOW_SECONDS) as UnixSeconds,
  }
}

/** As a part of a larger change; in one order everywhere, so that no two wait for each other. */
export async function refund(
  transaction: SqlTransaction,
  { account, address }: CountedWindows,
): Promise<void> {
  const windows = address === null ? [account] : [account, address]
  for (const { key, startedAt } of windows.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    await transaction.run(statements.refund, [key, startedAt])
  }
}
