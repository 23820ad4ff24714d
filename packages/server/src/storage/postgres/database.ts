import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

import type { PoolClient, QueryConfig, QueryResult } from 'pg'

import { ConfigurationError, MapaeError } from '../../domain/errors.ts'
import type { SqlDatabase, SqlTransaction, SqlValue } from '../database.ts'
import { explainConnection } from './connection-fault.ts'
import { answerOf, EngineFailure, isRetryable } from './failures.ts'
import { openPool, type Patience } from './pool.ts'

const MOST_TRIES = 5
const PAUSE_BETWEEN_TRIES_MILLISECONDS = 5

/**
 * Opens a PostgreSQL database, version 15 or newer. Transactions run at READ COMMITTED: each
 * statement sees what was committed before it, and a conditional UPDATE that had to wait for
 * another writer looks at the row again.
 */
function openPostgres(databaseUrl: string, patience: Patience): SqlDatabase {
  const { pool, hasNamedStatements } = openPool(databaseUrl, patience)
  const query = statementCache(hasNamedStatements)

  async function one(sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
    return repeated(() => failing(pool.query(query(sql, parameters))))
  }

  async function transact<T>(
    begin: string,
    operation: (transaction: SqlTransaction) => Promise<T>,
  ): Promise<T> {
    const client = await failing(pool.connect())
    // A connection that is lost fails the statement that waits for it; the event is not needed.
    client.on('error', ignore)
    let failure: EngineFailure | undefined
    try {
      await failing(client.query(begin))
      const result = await operation(transactionOn(client, query))
      await failing(client.query('COMMIT'))
      return result
    } catch (error) {
      const isLost = error instanceof EngineFailure && !isRetryable(error)
      failure = isLost ? error : await rollBack(client)
      throw error
    } finally {
      client.off('error', ignore)
      client.release(failure)
    }
  }

  return {
    dialect: 'postgres',
    get: async <Row>(sql: string, parameters: readonly SqlValue[]) =>
      (await one(sql, parameters)).rows[0] as Row | undefined,
    all: async <Row>(sql: string, parameters: readonly SqlValue[]) =>
      (await one(sql, parameters)).rows as Row[],
    write: (operation) => repeated(() => transact('BEGIN', operation)),
    writeOne: async <Row>(sql: string, parameters: readonly SqlValue[]) =>
      (await one(sql, parameters)).rows as Row[],
    snapshot: (operation) =>
      repeated(() => transact('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', operation)),
    close: () => pool.end(),
  }
}

/** Opens it, and finds out whether it answers while somebody is there to read why it does not. */
export async function connectPostgres(url: string, patience: Patience): Promise<SqlDatabase> {
  const database = openPostgres(url, patience)
  try {
    await database.get('SELECT 1 AS alive', [])
    return database
  } catch (error) {
    await database.close()
    if (error instanceof ConfigurationError) throw error
    throw explainConnection(url, error instanceof MapaeError ? error.details.cause : error)
  }
}

function ignore(): void {}

type ToQuery = (sql: string, parameters: readonly SqlValue[]) => QueryConfig

/** Writes `?` as `$n` once per text. Named statements are parsed once per connection. */
function statementCache(hasNames: boolean): ToQuery {
  const known = new Map<string, { text: string; name?: string }>()
  return (sql, values) => {
    let statement = known.get(sql)
    if (statement === undefined) {
      const text = numberParameters(sql)
      statement = hasNames ? { text, name: `mapae_${hashOf(text)}` } : { text }
      known.set(sql, statement)
    }
    return { ...statement, values: values as SqlValue[] }
  }
}

/** `?` becomes `$1`, `$2`, … No statement has a question mark in a literal. */
export function numberParameters(sql: string): string {
  let count = 0
  return sql.replaceAll('?', () => `$${++count}`)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function transactionOn(client: PoolClient, query: ToQuery): SqlTransaction {
  return {
    async get<Row>(sql: string, parameters: readonly SqlValue[]) {
      const { rows } = await failing(client.query(query(sql, parameters)))
      return rows[0] as Row | undefined
    },
    async all<Row>(sql: string, parameters: readonly SqlValue[]) {
      const { rows } = await failing(client.query(query(sql, parameters)))
      return rows as Row[]
    },
    async run(sql, parameters) {
      const { rowCount } = await failing(client.query(query(sql, parameters)))
      return rowCount ?? 0
    },
  }
}

/** Returns why the connection cannot be used again, if so. */
async function rollBack(client: PoolClient): Promise<EngineFailure | undefined> {
  try {
    await client.query('ROLLBACK')
    return undefined
  } catch (error) {
    return new EngineFailure(error)
  }
}

async function failing<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw new EngineFailure(error)
  }
}

async function repeated<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isRetryable(error) || tries === MOST_TRIES) throw answerOf(error)
      await pause(tries * PAUSE_BETWEEN_TRIES_MILLISECONDS)
    }
  }
}
