import type { Dialect, SqlTransaction } from './database.ts'

/** The numbers are any, and the same in every version of this program. */
export const statements = {
  postgres: {
    migrations: `SELECT 1 AS held FROM (SELECT pg_advisory_xact_lock(6277321)) AS lock`,
    signingKeys: `SELECT 1 AS held FROM (SELECT pg_advisory_xact_lock(6277322)) AS lock`,
  },
}

/**
 * Waits until no other node does the same, then keeps them waiting until the transaction ends.
 * Statements after it see what the other did. SQLite needs none: it has one writer at a time.
 */
export async function holdNodeLock(
  transaction: SqlTransaction,
  dialect: Dialect,
  name: keyof typeof statements.postgres,
): Promise<void> {
  if (dialect === 'postgres') await transaction.get(statements.postgres[name], [])
}
