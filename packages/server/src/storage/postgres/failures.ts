import { DatabaseError } from 'pg'

import { MapaeError } from '../../domain/errors.ts'

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
  const sqlClass = sqlStateOf(error)?.slice(0, 2)
  if (sqlClass !== undefined && PROGRAM_FAULTS.has(sqlClass)) return error.cause
  return new MapaeError('storage_unavailable', { cause: error.cause, retryAfterSeconds: 1 })
}

function sqlStateOf(error: unknown): string | undefined {
  const cause = error instanceof EngineFailure ? error.cause : error
  return cause instanceof DatabaseError ? cause.code : undefined
}
