import { createHash, randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

import { createId, type SessionId, type UserId } from '../../../packages/server/src/domain/ids.ts'
import type { SessionStore } from '../../../packages/server/src/domain/ports.ts'
import {
  FIRST_PARTY_CLIENT_ID,
  plainSession,
  type Session,
} from '../../../packages/server/src/domain/session.ts'
import type { UnixSeconds } from '../../../packages/server/src/domain/time.ts'
import type { SqlDatabase } from '../../../packages/server/src/storage/database.ts'
import { createUserStore } from '../../../packages/server/src/storage/tables/users.ts'
import { keyText, type AttemptKey, type Row } from './model.ts'

export const NOW = 1_800_000_000 as UnixSeconds
const FAR = (NOW + 1_000_000_000) as UnixSeconds
const CLOCK = { seconds: () => NOW, milliseconds: () => NOW * 1000 }
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
  const userId = createId<UserId>(CLOCK, randomBytes)
  const user = {
    id: userId,
    username: 'mina',
    usernameKey: 'mina',
    email: null,
    passwordHash: '',
    credentialVersion: 1,
    createdAt: NOW,
    disabledAt: null,
    isDemo: false,
  }
  const about = { at: NOW, userId, sessionId: null, ipAddress: null, details: {} }
  await createUserStore(database).insert(user, { ...about, name: 'user.created' })
  const started = Array.from({ length: count }, () => newSession(userId, dpopKeyThumbprint))
  await Promise.all(
    started.map((session) =>
      sessions.start({ session, credentialVersion: 1, events: [], counted: null }),
    ),
  )
  return started
}

function newSession(userId: UserId, dpopKeyThumbprint: string | null): Session {
  return {
    id: createId<SessionId>(CLOCK, randomBytes),
    userId,
    clientId: FIRST_PARTY_CLIENT_ID,
    audience: 'https://api.example.com',
    scope: null,
    live: 1,
    spent: 0,
    spentAt: null,
    retryKeyHash: null,
    createdAt: NOW,
    lastUsedAt: NOW,
    idleExpiresAt: FAR,
    absoluteExpiresAt: FAR,
    endedAt: null,
    endedReason: null,
    deviceLabel: null,
    ipAddress: null,
    ...plainSession,
    dpopKeyThumbprint,
  }
}
