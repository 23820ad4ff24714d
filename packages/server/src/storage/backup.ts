import { createHash } from 'node:crypto'

import { ConfigurationError } from '../domain/errors.ts'
import type { UnixSeconds } from '../domain/time.ts'
import type { Dialect, SqlDatabase, SqlReader, SqlTransaction, SqlValue } from './database.ts'
import { planMigrations } from './migrate.ts'

const FORMAT = 'mapae-backup'
const ROWS_A_PAGE = 500

/** In an order in which every row finds what it refers to; with the column that orders its rows. */
export const backedUpTables = [
  { table: 'users', key: 'id', first: '' },
  { table: 'sessions', key: 'id', first: '' },
  { table: 'browser_sessions', key: 'id', first: '' },
  { table: 'events', key: 'sequence', first: -1 },
  { table: 'attempts', key: 'key', first: '' },
  { table: 'signing_keys', key: 'kid', first: '' },
  { table: 'clients', key: 'id', first: '' },
  { table: 'authorization_requests', key: 'id_hash', first: '' },
  { table: 'authorization_codes', key: 'code_hash', first: '' },
  { table: 'consents', key: 'id', first: '' },
  { table: 'logout_notices', key: 'session_id', first: '' },
  { table: 'issuer_constants', key: 'name', first: '' },
  { table: 'signal_receivers', key: 'id', first: '' },
  { table: 'signal_acknowledgements', key: 'id', first: '' },
  { table: 'used_assertions', key: 'id_hash', first: '' },
  { table: 'device_authorizations', key: 'device_code_hash', first: '' },
] as const

type TableName = (typeof backedUpTables)[number]['table']
type Row = Record<string, SqlValue>

const columnsOf: Readonly<Record<Dialect, string>> = {
  sqlite: 'SELECT name FROM pragma_table_info(?)',
  postgres: `SELECT column_name AS name FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = ?`,
}

/** PostgreSQL numbers events itself, and has to be told where the restored ones ended. */
const numbering: Readonly<Record<Dialect, { keep: string; goOn: string | null }>> = {
  sqlite: { keep: '', goOn: null },
  postgres: {
    keep: 'OVERRIDING SYSTEM VALUE',
    goOn: `SELECT setval(pg_get_serial_sequence('events', 'sequence'),
      (SELECT COALESCE(MAX(sequence), 0) + 1 FROM events), false)`,
  },
}

export interface BackupSummary {
  readonly schema: number
  readonly createdAt: number
  readonly rows: number
}

/**
 * Writes all rows as they are at one moment, a JSON object a line, while the server goes on. The
 * same format comes from every engine and goes into every engine. Keys stay encrypted under the
 * master key, which is not in it.
 */
export async function writeBackup(
  database: SqlDatabase,
  now: UnixSeconds,
  writeLine: (line: string) => Promise<void>,
): Promise<BackupSummary> {
  const { current: schema } = await planMigrations(database)
  if (schema === 0) throw new ConfigurationError('There is no data in this database.')
  const hash = createHash('sha256')
  let rows = 0

  async function write(value: object): Promise<void> {
    const line = JSON.stringify(value)
    hash.update(line).update('\n')
    await writeLine(line)
  }

  await database.snapshot(async (reader) => {
    await write({ format: FORMAT, version: 1, schema, created_at: now })
    for (const { table, key, first } of backedUpTables) {
      for await (const row of rowsOf(reader, table, key, first)) {
        await write({ table, row })
        rows += 1
      }
    }
  })
  await writeLine(JSON.stringify({ format: `${FORMAT}-end`, rows, sha256: hash.digest('hex') }))
  return { schema, createdAt: now, rows }
}

async function* rowsOf(
  reader: SqlReader,
  table: TableName,
  key: string,
  first: SqlValue,
): AsyncGenerator<Row> {
  const sql = `SELECT * FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${ROWS_A_PAGE}`
  let after = first
  for (;;) {
    const page = await reader.all<Row>(sql, [after])
    yield* page
    if (page.length < ROWS_A_PAGE) return
    after = page.at(-1)![key]!
  }
}

/**
 * Puts a backup into an empty database, whole or not at all.
 * Throws `ConfigurationError` when the database is not empty, the schema is another one, or the
 * backup is damaged or incomplete.
 */
export async function restoreBackup(
  database: SqlDatabase,
  lines: AsyncIterable<string>,
): Promise<BackupSummary> {
  const { current } = await planMigrations(database)
  return database.write(async (transaction) => {
    await requireEmpty(transaction)
    const insert = await createInsert(transaction, database.dialect)
    const hash = createHash('sha256')
    let header: { schema: number; created_at: number } | undefined
    let rows = 0
    let isComplete = false
    for await (const line of lines) {
      if (isComplete) throw damaged('there is more behind its end')
      const value = parseLine(line)
      if (header === undefined) {
        header = checkHeader(value, current)
      } else if (value['format'] === `${FORMAT}-end`) {
        isComplete = value['rows'] === rows && value['sha256'] === hash.digest('hex')
        if (!isComplete) throw damaged('its checksum does not match')
        continue
      } else {
        await insert(value)
        rows += 1
      }
      hash.update(line).update('\n')
    }
    if (header === undefined || !isComplete) throw damaged('it is incomplete')
    const { goOn } = numbering[database.dialect]
    if (goOn !== null) await transaction.all(goOn, [])
    return { schema: header.schema, createdAt: header.created_at, rows }
  })
}

async function requireEmpty(reader: SqlReader): Promise<void> {
  for (const { table } of backedUpTables) {
    const found = await reader.get(`SELECT 1 AS found FROM ${table} LIMIT 1`, [])
    if (found !== undefined) {
      throw new ConfigurationError(
        `This database has data (in ${table}): restore into an empty one.`,
      )
    }
  }
}

/** Names go into SQL, so they are compared with what the schema has. */
async function createInsert(
  transaction: SqlTransaction,
  dialect: Dialect,
): Promise<(value: Record<string, unknown>) => Promise<void>> {
  const columns = new Map<string, Set<string>>()
  for (const { table } of backedUpTables) {
    const named = await transaction.all<{ name: string }>(columnsOf[dialect], [table])
    columns.set(table, new Set(named.map(({ name }) => name)))
  }
  return async (value) => {
    const { table, row } = value as { table: string; row: Row }
    const known = columns.get(table)
    if (known === undefined || typeof row !== 'object') throw damaged('it names an unknown table')
    const names = Object.keys(row)
    if (!names.every((name) => known.has(name))) throw damaged('it names an unknown column')
    const { keep } = table === 'events' ? numbering[dialect] : { keep: '' }
    const marks = names.map(() => '?').join(', ')
    const sql = `INSERT INTO ${table} (${names.join(', ')}) ${keep} VALUES (${marks})`
    await transaction.run(sql, Object.values(row)).catch((error: unknown) => {
      throw new ConfigurationError(
        `A row of ${table} could not be stored: the backup is damaged or the database failed. Nothing was restored.`,
        error,
      )
    })
  }
}

function parseLine(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw damaged('a line of it is not JSON')
}

function checkHeader(
  value: Record<string, unknown>,
  current: number,
): { schema: number; created_at: number } {
  const { format, version, schema, created_at } = value
  if (format !== FORMAT || version !== 1) {
    throw new ConfigurationError('This file is no backup that this program knows.')
  }
  if (schema !== current) {
    throw new ConfigurationError(
      `The backup has schema ${String(schema)} and this program ${current}: restore it with the version that made it, then upgrade.`,
    )
  }
  return { schema: current, created_at: Number(created_at) }
}

function damaged(how: string): ConfigurationError {
  return new ConfigurationError(`The backup is damaged: ${how}. Nothing was restored.`)
}
