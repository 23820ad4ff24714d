import { readdirSync, readFileSync } from 'node:fs'

import { ConfigurationError } from '../domain/errors.ts'
import type { SqlDatabase } from './database.ts'

const FOLDER = new URL('./migrations/', import.meta.url)

/**
 * Brings the schema to the newest version, one transaction a migration. A schema newer than this
 * program is refused: an older program would write rows that the newer one does not expect.
 */
export async function migrate(
  database: SqlDatabase,
  dialect: 'sqlite',
  appliedAt: number,
): Promise<void> {
  const migrations = readdirSync(FOLDER)
    .filter((file) => file.endsWith(`.${dialect}.sql`))
    .toSorted()
  await database.write(async (transaction) => {
    await transaction.run(
      `CREATE TABLE IF NOT EXISTS schema_migrations
        (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)`,
      [],
    )
  })
  for (const [index, name] of migrations.entries()) {
    const version = index + 1
    await database.write(async (transaction) => {
      const newest = await transaction.get<{ version: number | null }>(
        'SELECT MAX(version) AS version FROM schema_migrations',
        [],
      )
      const current = newest?.version ?? 0
      if (current > migrations.length) {
        throw new ConfigurationError(
          `The database has schema ${current} and this program knows ${migrations.length}: run a newer mapae.`,
        )
      }
      if (current >= version) return
      const script = readFileSync(new URL(name, FOLDER), 'utf8')
      for (const statement of script.split(/;\s*\n/)) {
        if (statement.trim() !== '') await transaction.run(statement, [])
      }
      await transaction.run(
        'INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)',
        [version, name, appliedAt],
      )
    })
  }
}
