import type { KeyPurpose, KeyStore, StoredKey } from '../../domain/ports.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase } from '../database.ts'
import { holdNodeLock } from '../node-lock.ts'

interface KeyRow {
  kid: string
  purpose: string
  algorithm: string
  sealed_jwk: string
  created_at: number
}

export const statements = {
  list: `SELECT * FROM signing_keys ORDER BY created_at, kid`,
  insertFirst: `INSERT INTO signing_keys (kid, purpose, algorithm, sealed_jwk, created_at)
    SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE purpose = ?)`,
}

export function createKeyStore(database: SqlDatabase): KeyStore {
  return {
    async list() {
      const rows = await database.all<KeyRow>(statements.list, [])
      return rows.map(keyOf)
    },

    insertFirst: ({ kid, purpose, algorithm, sealedJwk, createdAt }) =>
      database.write(async (transaction) => {
        await holdNodeLock(transaction, database.dialect, 'signingKeys')
        const parameters = [kid, purpose, algorithm, sealedJwk, createdAt, purpose]
        await transaction.run(statements.insertFirst, parameters)
      }),
  }
}

function keyOf(row: KeyRow): StoredKey {
  return {
    kid: row.kid,
    purpose: row.purpose as KeyPurpose,
    algorithm: row.algorithm,
    sealedJwk: row.sealed_jwk,
    createdAt: row.created_at as UnixSeconds,
  }
}
