import { Pool, types, type PoolConfig } from 'pg'

const MOST_CONNECTIONS = 10
const INT8 = 20

/** Making a connection costs more than keeping one. */
const IDLE_MILLISECONDS = 60_000
/** How long a request may wait for a connection: a free one, or a new one. */
const CONNECT_MILLISECONDS = 2_000
/** The server gives up first and says why; the client's own limit is for a server that is gone. */
const STATEMENT_MILLISECONDS = 3_000
const QUERY_MILLISECONDS = 4_000
/** Locks of a node that vanished in the middle of a transaction are let go after this time. */
const IDLE_IN_TRANSACTION_MILLISECONDS = 5_000

/**
 * `requests` fail within a bounded time when the database is away; `migrations` take the time they
 * take, on one connection.
 */
export type Patience = 'requests' | 'migrations'

export interface PostgresPool {
  readonly pool: Pool
  /** False behind a pooler that hands every transaction to another connection. */
  readonly hasNamedStatements: boolean
}

/**
 * A pool of connections that mends itself: a connection that failed is dropped, the next request
 * makes a new one.
 *
 * `?pgbouncer=true` in the URL is for a pooler in transaction mode: statements are then not named,
 * because the next transaction may meet a connection that does not know them, and the server's own
 * timeouts are not asked for, because such poolers refuse unknown startup parameters.
 */
export function openPool(databaseUrl: string, patience: Patience): PostgresPool {
  const { connectionString, isPooled } = readDatabaseUrl(databaseUrl)
  const pool = new Pool({
    connectionString,
    application_name: 'mapae',
    keepAlive: true,
    idleTimeoutMillis: IDLE_MILLISECONDS,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    types: { getTypeParser },
    ...(patience === 'migrations' ? { max: 1 } : timeLimits(isPooled)),
  })
  // The pool has dropped the idle connection that failed by the time it tells.
  pool.on('error', () => {})
  return { pool, hasNamedStatements: !isPooled }
}

/** What the driver connects to, and whether a pooler in transaction mode is in between. */
export function readDatabaseUrl(databaseUrl: string): {
  readonly connectionString: string
  readonly isPooled: boolean
} {
  const url = new URL(databaseUrl)
  const isPooled = url.searchParams.get('pgbouncer') === 'true'
  url.searchParams.delete('pgbouncer')
  return { connectionString: url.href, isPooled }
}

function timeLimits(isPooled: boolean): PoolConfig {
  const limits = { max: MOST_CONNECTIONS, query_timeout: QUERY_MILLISECONDS }
  if (isPooled) return limits
  return {
    ...limits,
    statement_timeout: STATEMENT_MILLISECONDS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MILLISECONDS,
  }
}

/** Instants and counters are int8 and stay far below 2^53. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8 && format !== 'binary') return Number
  return types.getTypeParser(oid, format) as (value: string) => unknown
}
