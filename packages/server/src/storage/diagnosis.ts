import type { Dialect, SqlDatabase } from './database.ts'

/** What the engine itself can tell of its health. */
export interface StorageDiagnosis {
  /** What is damaged, in the engine's words; null when nothing is. */
  readonly damage: string | null
  /** How far the database's clock, or its newest event, is ahead of this machine's clock. */
  readonly clockAheadSeconds: number
}

const statements: Readonly<Record<Dialect, { check: string; clock: string }>> = {
  sqlite: {
    check: 'PRAGMA quick_check(1)',
    // An event from the future: this clock was set back, or another node's is wrong.
    clock: 'SELECT MAX(at) AS now FROM events',
  },
  postgres: {
    check: `SELECT 'ok' AS quick_check`,
    clock: 'SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT) AS now',
  },
}

export async function diagnoseStorage(
  database: SqlDatabase,
  now: number,
): Promise<StorageDiagnosis> {
  const { check, clock } = statements[database.dialect]
  const checked = await database.get<{ quick_check: string }>(check, [])
  const clocked = await database.get<{ now: number | null }>(clock, [])
  const theirs = clocked?.now ?? now
  return {
    damage: checked?.quick_check === 'ok' ? null : (checked?.quick_check ?? 'no answer'),
    clockAheadSeconds: database.dialect === 'sqlite' ? Math.max(0, theirs - now) : theirs - now,
  }
}
