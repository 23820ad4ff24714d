import type { AttemptStore } from '../../domain/ports.ts'
import type { SqlDatabase } from '../database.ts'
import {
  refund,
  statements as ofWindows,
  WINDOW_SECONDS,
  windowOf,
  type AttemptRow,
} from './attempt-windows.ts'
import { createCountSignIn } from './sign-in-attempts.ts'

export const statements = {
  /** A window that began anew while this waited for its row is left alone. */
  forget: `DELETE FROM attempts WHERE window_started_at <= ? AND key IN
      (SELECT key FROM attempts WHERE window_started_at <= ? LIMIT ?)
    RETURNING key`,
}

export function createAttemptStore(database: SqlDatabase): AttemptStore {
  return {
    countSignIn: createCountSignIn(database),

    async count(key, now) {
      const [row] = await database.writeOne<AttemptRow>(ofWindows.count, [key, now])
      return windowOf(row!)
    },

    refund: (counted) => database.write((transaction) => refund(transaction, counted)),

    async forget(now, limit) {
      const oldest = now - WINDOW_SECONDS
      return (await database.writeOne(statements.forget, [oldest, oldest, limit])).length
    },
  }
}
