import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

import { ConfigurationError, MapaeError } from '../../domain/errors.ts'
import type { SqlDatabase, SqlTransaction, SqlValue } from '../database.ts'
import { createGroupCommit } from './group-commit.ts'

const BUSY_TIMEOUT_MILLISECONDS = 2_000

/**
 * Opens the embedded database, made on first use. Writes are on the disk when they resolve
 * (`synchronous=FULL`). Reads have a connection of their own, so that they see committed rows only.
 */
export function openSqlite(path: string): SqlDatabase {
  makeForOwnerOnly(path)
  const writer = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MILLISECONDS })
  writer.exec('PRAGMA journal_mode = WAL')
  writer.exec('PRAGMA synchronous = FULL')
  writer.exec('PRAGMA foreign_keys = ON')
  const reader = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MILLISECONDS })
  reader.exec('PRAGMA query_only = ON')

  const transaction = runnerOn(writer)
  const committed = runnerOn(reader)
  const control = statementCache(writer)
  const commitInGroup = createGroupCommit(transaction, (sql) => void control(sql).run())
  const write: SqlDatabase['write'] = (operation) => answered(commitInGroup(operation))

  return {
    dialect: 'sqlite',
    get: (sql, parameters) => answered(committed.get(sql, parameters)),
    all: (sql, parameters) => answered(committed.all(sql, parameters)),
    write,
    writeOne: <Row>(sql: string, parameters: readonly SqlValue[]) =>
      write((alone) => alone.all<Row>(sql, parameters)),
    async snapshot(operation) {
      const connection = new DatabaseSync(path, { readOnly: true })
      try {
        connection.exec('BEGIN')
        return await answered(operation(runnerOn(connection)))
      } finally {
        connection.close()
      }
    },
    async close() {
      reader.close()
      writer.close()
    },
  }
}

/**
 * The file holds password hashes and sealed keys. One that exists is left alone: closing it would
 * let go the locks that another connection of this process has on it.
 */
function makeForOwnerOnly(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    throw new ConfigurationError(
      `Cannot make ${path} (${code}): set MAPAE_DATA_DIR to a folder that this program may write in.`,
      error,
    )
  }
}

function runnerOn(connection: DatabaseSync): SqlTransaction {
  const prepared = statementCache(connection)
  return {
    async get<Row>(sql: string, parameters: readonly SqlValue[]) {
      return prepared(sql).get(...parameters) as Row | undefined
    },
    async all<Row>(sql: string, parameters: readonly SqlValue[]) {
      return prepared(sql).all(...parameters) as Row[]
    },
    async run(sql, parameters) {
      return Number(prepared(sql).run(...parameters).changes)
    },
  }
}

function statementCache(connection: DatabaseSync): (sql: string) => StatementSync {
  const statements = new Map<string, StatementSync>()
  return (sql) => {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = connection.prepare(sql)
      statements.set(sql, statement)
    }
    return statement
  }
}

/** Failures of the engine itself (disk full, locked, closed) become one stable error. */
async function answered<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    if (isEngineFailure(error)) {
      throw new MapaeError('storage_unavailable', { cause: error, retryAfterSeconds: 1 })
    }
    throw error
  }
}

function isEngineFailure(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ERR_SQLITE_ERROR' || code === 'ERR_INVALID_STATE'
}
