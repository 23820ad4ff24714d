import type {
  AuthorizationCode,
  AuthorizationCodeStore,
  CodeExchange,
  Redemption,
} from '../../domain/authorization-code.ts'
import type { NewSecurityEvent } from '../../domain/event.ts'
import type { SessionId, UserId } from '../../domain/ids.ts'
import type { Session } from '../../domain/session.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase, SqlTransaction, SqlValue } from '../database.ts'
import { statements as requestStatements } from './authorization-requests.ts'
import {
  hasBrowserSessionEnded,
  statements as browserStatements,
} from './browser-session-endings.ts'
import { appendEvent } from './events.ts'
import { newSessionRow, startStatement, startWhen } from './session-start.ts'
import { sessionRevoked, statements as sessionStatements } from './sessions.ts'

interface CodeRow {
  code_hash: string
  client_id: string
  user_id: UserId
  granted: string
  created_at: number
  expires_at: number
  redeemed_at: number | null
  session_id: SessionId | null
}

export const statements = {
  insert: `INSERT INTO authorization_codes
      (code_hash, client_id, user_id, granted, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?)`,
  find: `SELECT code_hash, client_id, user_id, granted, created_at, expires_at, redeemed_at,
      session_id
    FROM authorization_codes WHERE code_hash = ?`,
  /** Of two at once one waits for the other, and then finds it redeemed. */
  redeem: `UPDATE authorization_codes SET redeemed_at = ?, session_id = ?
    WHERE code_hash = ? AND redeemed_at IS NULL AND expires_at > ?`,
  postgres: {
    /** The same, the start of the session and its event, in one round trip. */
    redeemAndStart: `WITH taken AS (
        UPDATE authorization_codes SET redeemed_at = ?, session_id = ?
        WHERE code_hash = ? AND redeemed_at IS NULL AND expires_at > ? RETURNING code_hash),
      browser AS (${browserStatements.endedAt.postgres}),
      started AS (${startWhen(`EXISTS (SELECT 1 FROM taken)
        AND NOT EXISTS (SELECT 1 FROM browser WHERE ended_at IS NOT NULL)`)}),
      told AS (
        INSERT INTO events (at, name, user_id, session_id, ip_address, details)
        SELECT CAST(? AS bigint), ?, user_id, ?, ?, ? FROM started)
      SELECT (SELECT COUNT(*) FROM taken) AS taken, (SELECT COUNT(*) FROM started) AS started`,
  },
  redeemedFor: `SELECT user_id, session_id FROM authorization_codes
    WHERE code_hash = ? AND redeemed_at IS NOT NULL`,
  forget: `DELETE FROM authorization_codes WHERE code_hash IN
      (SELECT code_hash FROM authorization_codes WHERE expires_at < ? LIMIT ?)
    RETURNING code_hash`,
}

export function createAuthorizationCodeStore(database: SqlDatabase): AuthorizationCodeStore {
  return {
    async insert(code, requestIdHash) {
      if (requestIdHash === null) {
        await database.writeOne(statements.insert, rowOf(code))
        return true
      }
      return database.write(async (transaction) => {
        const taken = await transaction.all(requestStatements.remove, [requestIdHash])
        if (taken.length === 0) return false
        await transaction.run(statements.insert, rowOf(code))
        return true
      })
    },

    async find(codeHash) {
      const row = await database.get<CodeRow>(statements.find, [codeHash])
      return row === undefined ? null : codeOf(row)
    },

    redeem: (exchange) =>
      database.dialect === 'postgres'
        ? redeemAtOnce(database, exchange)
        : database.write((transaction) => redeem(transaction, exchange)),

    forget: async (before, limit) =>
      (await database.writeOne(statements.forget, [before, limit])).length,
  }
}

async function redeem(
  transaction: SqlTransaction,
  { codeHash, session, credentialVersion, event, replay }: CodeExchange,
): Promise<Redemption> {
  if ((await transaction.run(statements.redeem, takenBy(codeHash, session))) === 0) {
    return endOfFirst(transaction, codeHash, replay)
  }
  if (await hasBrowserSessionEnded(transaction, 'sqlite', session.browserSessionId)) {
    return { kind: 'refused' }
  }
  const row = newSessionRow(session, credentialVersion)
  const started = await transaction.all(startStatement('sqlite'), row)
  if (started.length === 0) return { kind: 'refused' }
  await appendEvent(transaction, event)
  return { kind: 'redeemed' }
}

async function redeemAtOnce(
  database: SqlDatabase,
  { codeHash, session, credentialVersion, event, replay }: CodeExchange,
): Promise<Redemption> {
  const { at, name, sessionId, ipAddress, details } = event
  const [done] = await database.writeOne<{ taken: number; started: number }>(
    statements.postgres.redeemAndStart,
    [
      ...takenBy(codeHash, session),
      session.browserSessionId,
      ...newSessionRow(session, credentialVersion),
      at,
      name,
      sessionId,
      ipAddress,
      JSON.stringify(details),
    ],
  )
  if (done!.started === 1) return { kind: 'redeemed' }
  if (done!.taken === 1) return { kind: 'refused' }
  return database.write((transaction) => endOfFirst(transaction, codeHash, replay))
}

function takenBy(codeHash: string, { id, createdAt }: Session): SqlValue[] {
  return [createdAt, id, codeHash, createdAt]
}

/** The second use of a code: somebody has a copy, so what the first one got must end. */
async function endOfFirst(
  transaction: SqlTransaction,
  codeHash: string,
  replay: NewSecurityEvent,
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

type Granted = Omit<
  AuthorizationCode,
  'codeHash' | 'clientId' | 'userId' | 'createdAt' | 'expiresAt' | 'redeemedAt' | 'sessionId'
>

function rowOf(code: AuthorizationCode): SqlValue[] {
  const { codeHash, clientId, userId, createdAt, expiresAt, ...rest } = code
  const { redeemedAt: _redeemedAt, sessionId: _sessionId, ...plain } = rest
  const granted: Granted = plain
  return [codeHash, clientId, userId, JSON.stringify(granted), createdAt, expiresAt]
}

function codeOf(row: CodeRow): AuthorizationCode {
  return {
    codeHash: row.code_hash,
    clientId: row.client_id,
    userId: row.user_id,
    ...(JSON.parse(row.granted) as Granted),
    createdAt: row.created_at as UnixSeconds,
    expiresAt: row.expires_at as UnixSeconds,
    redeemedAt: row.redeemed_at as UnixSeconds | null,
    sessionId: row.session_id,
  }
}
