import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

import type { SessionId } from '../../../packages/server/src/domain/ids.ts'
import type { SessionStore } from '../../../packages/server/src/domain/ports.ts'
import type { Session } from '../../../packages/server/src/domain/session.ts'
import type { UnixSeconds } from '../../../packages/server/src/domain/time.ts'
import type { SqlDatabase } from '../../../packages/server/src/storage/database.ts'
import { createUserStore } from '../../../packages/server/src/storage/tables/users.ts'
import {
  newEvent,
  newSession,
  newUser,
  startOf,
} from '../../../packages/server/tests/storage/rows.ts'
import { keyText, type AttemptKey, type Row } from './model.ts'

export const NOW = 1_800_000_000 as UnixSeconds
const FAR = (NOW + 1_000_000_000) as UnixSeconds
const ATTEMPT_KEYS = ['first', 'second', 'thief', null] as const

/** Puts session rows of the real database into the state of a model row, and back. */
export interface SessionRows {
  /** Ages count from the instant. */
  write(rows: readonly (readonly [SessionId, Row, UnixSeconds])[]): void
  read(id: SessionId): Row
  close(): void
}

export function openSessionRows(path: string, graceSeconds: number): SessionRows {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA synchronous = OFF')
  const update = database.prepare(`UPDATE sessions SET live = ?, spent = ?, spent_at = ?,
    retry_key_hash = ?, ended_at = ?, ended_reason = ? WHERE id = ?`)
  const select = database.prepare(`SELECT live, spent, spent_at, retry_key_hash, ended_reason
    FROM sessions WHERE id = ?`)
  return {
    write(rows) {
      database.exec('BEGIN IMMEDIATE')
      for (const [id, { live, spent, spentAge, key, ended }, at] of rows) {
        const reason = ended === 'reuse' ? 'refresh_token_reuse' : ended
        const spentAt = spent === 0 ? null : at - spentAge
        const keyHash = hashOf(key, spent)
        update.run(live, spent, spentAt, keyHash, ended === null ? null : at, reason, id)
      }
      database.exec('COMMIT')
    },
    read(id) {
      const stored = select.get(id) as unknown as StoredRow
      const { live, spent, spent_at, retry_key_hash, ended_reason } = stored
      const key = ATTEMPT_KEYS.find((one) => hashOf(one, spent) === retry_key_hash)
      if (key === undefined) throw new Error('the row holds the hash of an unknown key')
      return {
        live,
        spent,
        spentAge: spent_at === null ? 0 : Math.min(NOW - spent_at, graceSeconds + 1),
        key,
        ended: ended_reason === null || ended_reason === 'logout' ? ended_reason : 'reuse',
      }
    },
    close: () => database.close(),
  }
}

interface StoredRow {
  live: number
  spent: number
  spent_at: number | null
  retry_key_hash: string | null
  ended_reason: 'logout' | 'refresh_token_reuse' | 'refresh_token_wrong_key' | null
}

function hashOf(key: AttemptKey, generation: number): string | null {
  const text = keyText(key, generation)
  return text === null ? null : createHash('sha256').update(text).digest('base64url')
}

/** Makes a user with so many open sessions. */
export async function startSessions(
  database: SqlDatabase,
  sessions: SessionStore,
  count: number,
  dpopKeyThumbprint: string | null,
): Promise<Session[]> {
  const user = newUser({ createdAt: NOW })
  await createUserStore(database).insert(user, newEvent('user.created', { userId: user.id }))
  const times = { createdAt: NOW, lastUsedAt: NOW, idleExpiresAt: FAR, absoluteExpiresAt: FAR }
  const started = Array.from({ length: count }, () =>
    newSession(user.id, { ...times, dpopKeyThumbprint }),
  )
  await Promise.all(started.map((session) => sessions.start(startOf(session))))
  return started
}
