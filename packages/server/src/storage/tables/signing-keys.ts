import type { NewSecurityEvent } from '../../domain/event.ts'
import type { KeyPurpose, KeyStore, StoredKey } from '../../domain/signing-key.ts'
import type { Seconds, UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase, SqlTransaction, SqlValue } from '../database.ts'
import { holdNodeLock } from '../node-lock.ts'
import { appendEvent } from './events.ts'

interface KeyRow {
  kid: string
  purpose: string
  algorithm: string
  sealed_jwk: string | null
  created_at: number
  signs_from: number
  longest_token_seconds: number
  retired_at: number | null
  withdrawn_at: number | null
}

const ALIVE = `retired_at IS NULL AND withdrawn_at IS NULL`
const INSERT = `INSERT INTO signing_keys (kid, purpose, algorithm, sealed_jwk, created_at,
  signs_from, longest_token_seconds)`

export const statements = {
  list: `SELECT kid, purpose, algorithm, sealed_jwk, created_at, signs_from, longest_token_seconds,
      retired_at, withdrawn_at
    FROM signing_keys ORDER BY signs_from, kid`,
  insert: `${INSERT} VALUES (?, ?, ?, ?, ?, ?, ?)`,
  insertFirst: `${INSERT} SELECT ?, ?, ?, ?, ?, ?, ?
    WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE purpose = ? AND ${ALIVE})`,
  insertNext: `${INSERT} SELECT ?, ?, ?, ?, ?, ?, ?
    WHERE ? = (SELECT kid FROM signing_keys WHERE purpose = ? AND ${ALIVE}
      ORDER BY signs_from DESC, kid DESC LIMIT 1)`,
  retire: `UPDATE signing_keys SET retired_at = ?, sealed_jwk = NULL WHERE kid = ? AND ${ALIVE}`,
  withdraw: `UPDATE signing_keys SET withdrawn_at = ?, sealed_jwk = NULL WHERE kid = ? AND ${ALIVE}`,
  raiseLongestToken: `UPDATE signing_keys SET longest_token_seconds = ?
    WHERE purpose = ? AND longest_token_seconds < ? AND ${ALIVE} RETURNING kid`,
  reseal: `UPDATE signing_keys SET sealed_jwk = ? WHERE kid = ? AND sealed_jwk = ? RETURNING kid`,
}

export function createKeyStore(database: SqlDatabase): KeyStore {
  /** One node at a time, so that what a statement finds missing nobody else is adding. */
  const changeAlone = (
    event: NewSecurityEvent,
    change: (transaction: SqlTransaction) => Promise<number>,
  ) =>
    database.write(async (transaction) => {
      await holdNodeLock(transaction, database.dialect, 'signingKeys')
      if ((await change(transaction)) === 0) return false
      await appendEvent(transaction, event)
      return true
    })

  return {
    async list() {
      const rows = await database.all<KeyRow>(statements.list, [])
      return rows.map(keyOf)
    },

    insertFirst: (key, event) =>
      changeAlone(event, (transaction) =>
        transaction.run(statements.insertFirst, [...rowOf(key), key.purpose]),
      ),

    insertNext: (key, newestKid, event) =>
      changeAlone(event, (transaction) =>
        transaction.run(statements.insertNext, [...rowOf(key), newestKid, key.purpose]),
      ),

    retire: (kid, event) =>
      changeAlone(event, (transaction) => transaction.run(statements.retire, [event.at, kid])),

    withdraw: (kid, event, replacement) =>
      database.write(async (transaction) => {
        await holdNodeLock(transaction, database.dialect, 'signingKeys')
        if ((await transaction.run(statements.withdraw, [event.at, kid])) === 0) return false
        await appendEvent(transaction, event)
        if (replacement !== null) {
          await transaction.run(statements.insert, rowOf(replacement.key))
          await appendEvent(transaction, replacement.event)
        }
        return true
      }),

    raiseLongestToken: async (purpose, seconds) =>
      void (await database.writeOne(statements.raiseLongestToken, [seconds, purpose, seconds])),

    reseal: async (kid, from, to) =>
      (await database.writeOne(statements.reseal, [to, kid, from])).length === 1,
  }
}

function rowOf(key: StoredKey): SqlValue[] {
  return [
    key.kid,
    key.purpose,
    key.algorithm,
    key.sealedJwk,
    key.createdAt,
    key.signsFrom,
    key.longestTokenSeconds,
  ]
}

function keyOf(row: KeyRow): StoredKey {
  return {
    kid: row.kid,
    purpose: row.purpose as KeyPurpose,
    algorithm: row.algorithm,
    sealedJwk: row.sealed_jwk,
    createdAt: row.created_at as UnixSeconds,
    signsFrom: row.signs_from as UnixSeconds,
    longestTokenSeconds: row.longest_token_seconds as Seconds,
    retiredAt: row.retired_at as UnixSeconds | null,
    withdrawnAt: row.withdrawn_at as UnixSeconds | null,
  }
}
