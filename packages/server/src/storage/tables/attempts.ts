import type { AttemptStore } from '../../domain/ports.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase } from '../database.ts'

const WINDOW_SECONDS = 60

const statements = {
  count: `INSERT INTO attempts (key, attempts, window_started_at) VALUES (?, 1, ?)
    ON CONFLICT (key) DO UPDATE SET
      attempts = CASE WHEN attempts.window_started_at > ? THEN attempts.attempts + 1 ELSE 1 END,
      window_started_at = CASE WHEN attempts.window_started_at > ?
        THEN attempts.window_started_at ELSE excluded.window_started_at END
    RETURNING attempts, window_started_at`,
  refund: `UPDATE attempts SET attempts = attempts - 1
    WHERE key = ? AND window_started_at > ? AND attempts > 0`,
}

export function createAttemptStore(database: SqlDatabase): AttemptStore {
  return {
    count: (keys, now) =>
      database.write(async (transaction) => {
        const windows = []
        for (const key of keys) {
          type Row = { attempts: number; window_started_at: number }
          const oldest = now - WINDOW_SECONDS
          const row = await transaction.get<Row>(statements.count, [key, now, oldest, oldest])
          const endsAt = (row!.window_started_at + WINDOW_SECONDS) as UnixSeconds
          windows.push({ attempts: row!.attempts, endsAt })
        }
        return windows
      }),

    refund: (keys, now) =>
      database.write(async (transaction) => {
        for (const key of keys) {
          await transaction.run(statements.refund, [key, now - WINDOW_SECONDS])
        }
      }),
  }
}
