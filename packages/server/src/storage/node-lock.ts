import type { SqlTransaction, Dialect } from './database.ts'

/** What only one node at a time may do. The numbers are the same in every version. */
const locks = { migrations: 6_277_321, signingKeys: 6_277_322 }

export const statements = {
  postgres: (lock: number) =>
    `SELECT 1 AS locked FROM (SELECT pg_advisory_xact_lock(${lock})) AS held`,
}

/**
 * Waits until no other node holds the lock, then holds it until the transaction ends. Statements
 * after it see what the other did. SQLite needs none: it has one writer at a time.
 */
export async function holdNodeLock(
  transaction: SqlTransaction,
  dialect: Dialect,
  name: keyof typeof locks,
): Promise<void> {
  if (dialect === 'postgres') await transaction.get(statements.postgres(locks[name]), [])
}
