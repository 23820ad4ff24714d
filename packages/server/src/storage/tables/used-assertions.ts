import type { UsedAssertionStore } from '../../domain/assertion.ts'
import type { SqlDatabase } from '../database.ts'

export const statements = {
  use: `INSERT INTO used_assertions (id_hash, remembered_until) VALUES (?, ?)
    ON CONFLICT (id_hash) DO NOTHING RETURNING id_hash`,
  forget: `DELETE FROM used_assertions WHERE id_hash IN
      (SELECT id_hash FROM used_assertions WHERE remembered_until <= ? LIMIT ?)
    RETURNING id_hash`,
}

export function createUsedAssertionStore(database: SqlDatabase): UsedAssertionStore {
  return {
    use: async (idHash, until) =>
      (await database.writeOne(statements.use, [idHash, until])).length === 1,
    forget: async (now, limit) => (await database.writeOne(statements.forget, [now, limit])).length,
  }
}
