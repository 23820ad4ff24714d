import { DatabaseSync } from 'node:sqlite'

const TABLES = [
  'users',
  'sessions',
  'browser_sessions',
  'events',
  'attempts',
  'signing_keys',
] as const

export type DatabaseRows = Record<(typeof TABLES)[number], any[]>

/** Looks at what is committed in a server's embedded database, past the server. */
export function openDatabaseRows(databaseUrl: string) {
  const database = new DatabaseSync(databaseUrl.replace(/^sqlite:/, ''), { readOnly: true })
  const selects = TABLES.map(
    (table) => [table, database.prepare(`SELECT * FROM ${table} ORDER BY 1`)] as const,
  )
  return {
    /** Every row of every table. */
    read: () =>
      Object.fromEntries(
        selects.map(([table, select]) => [table, select.all().map((row) => ({ ...row }))]),
      ) as DatabaseRows,
    close: () => database.close(),
  }
}
