import { DatabaseError } from 'pg'

import { ConfigurationError, MapaeError } from '../../domain/errors.ts'

/** Serialization failure and deadlock: nothing happened, and the same again will most often work. */
const RETRYABLE = new Set(['40001', '40P01'])

/**
 * SQLSTATE classes that are the fault of this program and not of a database that is away or
 * unwell: bad data, a broken constraint, a wrong statement.
 */
const PROGRAM_FAULTS = new Set(['22', '23', '42'])

/** An error that came from PostgreSQL or its connection, and not from the code that called it. */
export class EngineFailure extends Error {
  constructor(cause: unknown) {
    super('PostgreSQL failed', { cause })
    this.name = 'EngineFailure'
  }
}

export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(sqlStateOf(error) ?? '')
}

/** What callers get to see of an engine's failure: one stable error, and when to come again. */
export function answerOf(error: unknown): unknown {
  if (!(error instanceof EngineFailure)) return error
  if (isPoolerInTheWay(error.cause)) {
    return new ConfigurationError(
      'A pooler in transaction mode stands before PostgreSQL: add ?pgbouncer=true to the database URL.',
      error.cause,
    )
  }
  const sqlClass = sqlStateOf(error)?.slice(0, 2)
  if (sqlClass !== undefined && PROGRAM_FAULTS.has(sqlClass)) return error.cause
  return new MapaeError('storage_unavailable', { cause: error.cause, retryAfterSeconds: 1 })
}

/** How such a pooler shows: a statement is known elsewhere, or its connection's settings are not. */
function isPoolerInTheWay(cause: unknown): boolean {
  if (!(cause instanceof DatabaseError)) return false
  const isAboutNames = cause.code === '42P05' || cause.code === '26000'
  return isAboutNames || cause.message.startsWith('unsupported startup parameter')
}

function sqlStateOf(error: unknown): string | undefined {
  const cause = error instanceof EngineFailure ? error.cause : error
  return cause instanceof DatabaseError ? cause.code : undefined
}
