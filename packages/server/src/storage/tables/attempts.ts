import type { AttemptStore, AttemptWindow } from '../../domain/ports.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase } from '../database.ts'

const WINDOW_SECONDS = 60

/** Of one key, of two and of three. */
const keyLists = [1, 2, 3].map((count) => Array<string>(count).fill('?').join(', '))

export const statements = {
  count: keyLists.map(
    (keys) => `INSERT INTO attempts (key, attempts, window_started_at)
      VALUES ${keys.replaceAll('?', '(?, 1, ?)')}
      ON CONFLICT (key) DO UPDATE SET
        attempts = CASE WHEN attempts.window_started_at > ? THEN attempts.attempts + 1 ELSE 1 END,
        window_started_at = CASE WHEN attempts.window_started_at > ?
          THEN attempts.window_started_at ELSE excluded.window_started_at END
      RETURNING key, attempts, window_started_at`,
  ),
  /** Only in the window in which the attempt was counted. */
  refund: keyLists.map(
    (keys) => `UPDATE attempts SET attempts = attempts - 1
      WHERE key IN (${keys}) AND window_started_at > ? AND window_started_at <= ? AND attempts > 0`,
  ),
  /** A window that began anew while this waited for its row is left alone. */
  forget: `DELETE FROM attempts WHERE window_started_at <= ? AND key IN
      (SELECT key FROM attempts WHERE window_started_at <= ? LIMIT ?)
    RETURNING key`,
}

interface AttemptRow {
  key: string
  attempts: number
  window_started_at: number
}

export function createAttemptStore(database: SqlDatabase): AttemptStore {
  return {
    async count(keys, now) {
      // In one order everywhere, so that two nodes never wait for each other.
      const sorted = keys.toSorted()
      const oldest = now - WINDOW_SECONDS
      const rows = await database.writeOne<AttemptRow>(statements.count[keys.length - 1]!, [
        ...sorted.flatMap((key) => [key, now]),
        oldest,
        oldest,
      ])
      const windows = new Map(rows.map((row) => [row.key, windowOf(row)]))
      return keys.map((key) => windows.get(key)!)
    },

    async refund(keys, now) {
      const sql = statements.refund[keys.length - 1]!
      await database.writeOne(sql, [...keys.toSorted(), now - WINDOW_SECONDS, now])
    },

    async forget(now, limit) {
      const oldest = now - WINDOW_SECONDS
      return (await database.writeOne(statements.forget, [oldest, oldest, limit])).length
    },
  }
}

function windowOf(row: AttemptRow): AttemptWindow {
  const endsAt = (row.window_started_at + WINDOW_SECONDS) as UnixSeconds
  return { attempts: row.attempts, endsAt }
}
