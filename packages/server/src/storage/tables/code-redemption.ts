import type {
  AuthorizationCodeStore,
  CodeExchange,
  Redemption,
} from '../../domain/authorization-code.ts'
import type { SessionId, UserId } from '../../domain/ids.ts'
import type { SqlDatabase, SqlTransaction } from '../database.ts'
import { arraysOf, fromArrays, type ArrayColumn } from '../postgres/arrays.ts'
import { createGather } from '../postgres/gather.ts'
import { hasBrowserSessionEnded } from './browser-session-endings.ts'
import { appendEvent } from './events.ts'
import { newSessionColumns, newSessionRow, startStatement } from './session-start.ts'
import { sessionRevoked, statements as sessionStatements } from './sessions.ts'

const sessionNames = newSessionColumns.map(({ name }) => name).join(', ')

const exchangeColumns: readonly ArrayColumn<CodeExchange>[] = [
  { name: 'code_hash', type: 'text', of: ({ codeHash }) => codeHash },
  ...newSessionColumns.map(({ of, ...column }): ArrayColumn<CodeExchange> => ({
    ...column,
    of: ({ session }) => of(session),
  })),
  { name: 'version', type: 'bigint', of: ({ credentialVersion }) => credentialVersion },
  { name: 'event_at', type: 'bigint', of: ({ event }) => event.at },
  { name: 'event_name', type: 'text', of: ({ event }) => event.name },
  { name: 'event_ip_address', type: 'text', of: ({ event }) => event.ipAddress },
  { name: 'event_details', type: 'text', of: ({ event }) => JSON.stringify(event.details) },
]

/**
 * Codes are locked first, then their users, then the browsers: so an exchange, a change of the
 * account and a sign-out wait for each other, and the later one sees what the earlier one did.
 */
function redeemOnPostgres(whatIsLocked: '' | 'SKIP LOCKED', mayGoOn: string): string {
  return `WITH asked AS (SELECT * FROM ${fromArrays(exchangeColumns, 'one')}),
    live AS MATERIALIZED (
      SELECT asked.* FROM asked JOIN authorization_codes AS code ON code.code_hash = asked.code_hash
      WHERE code.redeemed_at IS NULL AND code.expires_at > asked.created_at
      FOR UPDATE OF code ${whatIsLocked}),
    allowed AS MATERIALIZED (
      SELECT live.* FROM live JOIN users ON users.id = live.user_id
      WHERE credential_version = version AND disabled_at IS NULL
      FOR SHARE OF users ${whatIsLocked}),
    browsers AS MATERIALIZED (
      SELECT id, ended_at FROM browser_sessions
      WHERE id IN (SELECT browser_session_id FROM allowed)
      FOR SHARE ${whatIsLocked}),
    ready AS (SELECT * FROM allowed WHERE browser_session_id IS NULL OR ${mayGoOn}),
    redeemed AS (
      UPDATE authorization_codes SET redeemed_at = ready.created_at, session_id = ready.id
      FROM ready WHERE authorization_codes.code_hash = ready.code_hash),
    told AS (
      INSERT INTO events (at, name, user_id, session_id, ip_address, details)
      SELECT event_at, event_name, user_id, id, event_ip_address, event_details FROM ready
      ORDER BY place)
    INSERT INTO sessions (${sessionNames}) SELECT ${sessionNames} FROM ready RETURNING id`
}

export const statements = {
  redeem: `UPDATE authorization_codes SET redeemed_at = ?, session_id = ?
    WHERE code_hash = ? AND redeemed_at IS NULL AND expires_at > ?`,
  /** SQLite: nobody else sees it in between. */
  release: `UPDATE authorization_codes SET redeemed_at = NULL, session_id = NULL
    WHERE code_hash = ?`,
  redeemedFor: `SELECT user_id, session_id FROM authorization_codes
    WHERE code_hash = ? AND redeemed_at IS NOT NULL`,
  postgres: {
    redeemOne: redeemOnPostgres(
      '',
      'browser_session_id NOT IN (SELECT id FROM browsers WHERE ended_at IS NOT NULL)',
    ),
    /** Whatever another writer has is left out instead of waited for. */
    redeemMany: redeemOnPostgres(
      'SKIP LOCKED',
      'browser_session_id IN (SELECT id FROM browsers WHERE ended_at IS NULL)',
    ),
  },
}

/** On SQLite several share a commit; PostgreSQL takes those in flight together. */
export function createRedeem(database: SqlDatabase): AuthorizationCodeStore['redeem'] {
  if (database.dialect === 'sqlite') {
    return (exchange) => database.write((transaction) => redeemOnSqlite(transaction, exchange))
  }
  return createGather<CodeExchange, Redemption>(
    ({ codeHash }) => codeHash,
    async (exchange) => {
      const started = await idsOfStarted(database, statements.postgres.redeemOne, [exchange])
      if (started.has(exchange.session.id)) return { kind: 'redeemed' }
      return database.write((transaction) => endOfFirst(transaction, exchange))
    },
    async (exchanges) => {
      const started = await idsOfStarted(database, statements.postgres.redeemMany, exchanges)
      return exchanges.map(({ session }) =>
        started.has(session.id) ? { kind: 'redeemed' } : undefined,
      )
    },
  )
}

async function redeemOnSqlite(
  transaction: SqlTransaction,
  exchange: CodeExchange,
): Promise<Redemption> {
  const { codeHash, session, credentialVersion, event } = exchange
  const { id, createdAt, browserSessionId } = session
  const taken = await transaction.run(statements.redeem, [createdAt, id, codeHash, createdAt])
  if (taken === 0) return endOfFirst(transaction, exchange)
  const row = newSessionRow(session, credentialVersion)
  const isRefused =
    (await hasBrowserSessionEnded(transaction, 'sqlite', browserSessionId)) ||
    (await transaction.all(startStatement('sqlite'), row)).length === 0
  if (isRefused) {
    await transaction.run(statements.release, [codeHash])
    return { kind: 'refused' }
  }
  await appendEvent(transaction, event)
  return { kind: 'redeemed' }
}

async function idsOfStarted(
  database: SqlDatabase,
  sql: string,
  exchanges: readonly CodeExchange[],
): Promise<Set<string>> {
  const parameters = arraysOf(exchangeColumns, exchanges)
  const rows = await database.writeOne<{ id: string }>(sql, parameters)
  return new Set(rows.map(({ id }) => id))
}

/** The second use of a code: somebody has a copy, so what the first one got must end. */
async function endOfFirst(
  transaction: SqlTransaction,
  { codeHash, replay }: CodeExchange,
): Promise<Redemption> {
  type Row = { user_id: UserId; session_id: SessionId }
  const first = await transaction.get<Row>(statements.redeemedFor, [codeHash])
  if (first === undefined) return { kind: 'refused' }
  const { user_id: userId, session_id: sessionId } = first
  const { at } = replay
  const reason = 'authorization_code_reuse'
  const ended = await transaction.all(sessionStatements.end, [at, reason, sessionId])
  if (ended.length === 0) return { kind: 'replayed', ended: null }
  await appendEvent(transaction, { ...replay, userId, sessionId })
  await appendEvent(transaction, sessionRevoked(sessionId, userId, reason, at))
  return { kind: 'replayed', ended: { kind: 'session', subject: sessionId, at } }
}
