import { readdirSync, readFileSync } from 'node:fs'

import { ConfigurationError } from '../domain/errors.ts'
import type { Dialect, SqlDatabase, SqlReader, SqlTransaction } from './database.ts'
import { holdNodeLock } from './node-lock.ts'

/** The oldest schema that this program works with. */
const OLDEST_SCHEMA = 7

const FOLDER = new URL('./migrations/', import.meta.url)

/** A numbered step of the schema. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

export interface MigrationPlan {
  /** Version of the database's schema; 0 when it is empty. */
  readonly current: number
  /** Version this program knows. */
  readonly newest: number
  /** What `migrate` would apply, in order. */
  readonly pending: readonly Migration[]
}

export const statements = {
  createTable: `CREATE TABLE IF NOT EXISTS schema_migrations
    (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)`,
  current: `SELECT MAX(version) AS version FROM schema_migrations`,
  record: `INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)`,
  /** Whether there is a schema at all. */
  exists: {
    sqlite: `SELECT 1 AS found FROM sqlite_master WHERE name = 'schema_migrations'`,
    postgres: `SELECT 1 AS found WHERE to_regclass('schema_migrations') IS NOT NULL`,
  },
}

/** The numbered files of an engine, in order. */
export function readMigrations(dialect: Dialect): Migration[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(`.${dialect}.sql`))
    .toSorted()
    .map((name, index) => ({
      version: index + 1,
      name,
      sql: readFileSync(new URL(name, FOLDER), 'utf8'),
    }))
}

/**
 * What would be applied; changes nothing. Throws `ConfigurationError` when the schema is newer than
 * this program: it would write rows that the newer one does not expect.
 */
export async function planMigrations(
  database: SqlDatabase,
  migrations: readonly Migration[] = readMigrations(database.dialect),
): Promise<MigrationPlan> {
  const found = await database.get(statements.exists[database.dialect], [])
  const current = found === undefined ? 0 : await currentVersion(database)
  const newest = migrations.length
  if (current > newest) {
    throw new ConfigurationError(
      `The database has schema ${current} and this program knows ${newest}: run a newer mapae.`,
    )
  }
  return { current, newest, pending: migrations.slice(current) }
}

/**
 * Brings the schema to the newest version. Each migration is a transaction of its own, so an
 * interrupted run goes on where it stopped; nodes that start together wait for one another.
 */
export async function migrate(
  database: SqlDatabase,
  appliedAt: number,
  migrations: readonly Migration[] = readMigrations(database.dialect),
): Promise<void> {
  const { pending } = await planMigrations(database, migrations)
  for (const migration of pending) {
    await database.write((transaction) =>
      apply(transaction, database.dialect, migration, appliedAt),
    )
  }
}

/**
 * For nodes that must not change the schema. Throws `ConfigurationError` when it is older than what
 * this program works with, or newer than what it knows.
 */
export async function checkSchema(
  database: SqlDatabase,
  migrations: readonly Migration[] = readMigrations(database.dialect),
  oldest = OLDEST_SCHEMA,
): Promise<void> {
  const { current, newest } = await planMigrations(database, migrations)
  if (current >= oldest) return
  throw new ConfigurationError(
    `The database has schema ${current} and this program needs ${newest}: run mapae migrate.`,
  )
}

async function apply(
  transaction: SqlTransaction,
  dialect: Dialect,
  { version, name, sql }: Migration,
  appliedAt: number,
): Promise<void> {
  await holdNodeLock(transaction, dialect, 'migrations')
  await transaction.run(statements.createTable, [])
  // Another node may have applied it while this one waited for the lock.
  if ((await currentVersion(transaction)) >= version) return
  for (const statement of sql.split(/;\s*\n/)) {
    if (statement.trim() !== '') await transaction.run(statement, [])
  }
  await transaction.run(statements.record, [version, name, appliedAt])
}

async function currentVersion(reader: SqlReader): Promise<number> {
  const row = await reader.get<{ version: number | null }>(statements.current, [])
  return row?.version ?? 0
}
