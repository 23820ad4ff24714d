import type { AuthorizationCode, AuthorizationCodeStore } from '../../domain/authorization-code.ts'
import type { SessionId, UserId } from '../../domain/ids.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase, SqlValue } from '../database.ts'
import { arraysOf, fromArrays, type ArrayColumn } from '../postgres/arrays.ts'
import { createGather } from '../postgres/gather.ts'
import { statements as requestStatements } from './authorization-requests.ts'
import { createRedeem } from './code-redemption.ts'
import { consentIdOf } from './consents.ts'

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

const COLUMNS =
  'code_hash, client_id, user_id, granted, created_at, expires_at, redeemed_at, session_id'

const hashColumn: readonly ArrayColumn<string>[] = [
  { name: 'code_hash', type: 'text', of: (codeHash) => codeHash },
]

const insertion = `INSERT INTO authorization_codes
      (code_hash, client_id, user_id, granted, created_at, expires_at)`
const insertByConsent = `${insertion} SELECT ?, ?, ?, ?, ?, ? FROM consents WHERE id = ?`

export const statements = {
  insert: `${insertion} VALUES (?, ?, ?, ?, ?, ?) RETURNING code_hash`,
  /** A withdrawal that runs at the same time is waited for, or waits and then finds the code. */
  insertByConsent: {
    sqlite: `${insertByConsent} RETURNING code_hash`,
    postgres: `${insertByConsent} FOR SHARE RETURNING code_hash`,
  },
  find: `SELECT ${COLUMNS} FROM authorization_codes WHERE code_hash = ?`,
  postgres: {
    findMany: `SELECT ${COLUMNS} FROM authorization_codes
      WHERE code_hash IN (SELECT code_hash FROM ${fromArrays(hashColumn, 'asked')})`,
  },
  forget: `DELETE FROM authorization_codes WHERE code_hash IN
      (SELECT code_hash FROM authorization_codes WHERE expires_at < ? LIMIT ?)
    RETURNING code_hash`,
}

export function createAuthorizationCodeStore(database: SqlDatabase): AuthorizationCodeStore {
  return {
    async insert(code, requestIdHash, reliesOnConsent = false) {
      const { userId, clientId } = code
      const [sql, row] = reliesOnConsent
        ? [
            statements.insertByConsent[database.dialect],
            [...rowOf(code), consentIdOf(userId, clientId)],
          ]
        : [statements.insert, rowOf(code)]
      if (requestIdHash === null) return (await database.writeOne(sql, row)).length === 1
      return database.write(async (transaction) => {
        const taken = await transaction.all(requestStatements.remove, [requestIdHash])
        return taken.length === 1 && (await transaction.all(sql, row)).length === 1
      })
    },

    find: createFind(database),

    redeem: createRedeem(database),

    forget: async (before, limit) =>
      (await database.writeOne(statements.forget, [before, limit])).length,
  }
}

/** One at a time on SQLite; PostgreSQL takes those that are asked for at one moment together. */
function createFind(database: SqlDatabase): AuthorizationCodeStore['find'] {
  async function findOne(codeHash: string): Promise<AuthorizationCode | null> {
    const row = await database.get<CodeRow>(statements.find, [codeHash])
    return row === undefined ? null : codeOf(row)
  }

  async function findMany(hashes: readonly string[]): Promise<(AuthorizationCode | null)[]> {
    const parameters = arraysOf(hashColumn, hashes)
    const rows = await database.all<CodeRow>(statements.postgres.findMany, parameters)
    const codes = new Map(rows.map((row) => [row.code_hash, codeOf(row)]))
    return hashes.map((hash) => codes.get(hash) ?? null)
  }

  return database.dialect === 'sqlite' ? findOne : createGather((hash) => hash, findOne, findMany)
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
