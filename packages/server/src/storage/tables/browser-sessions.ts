import type {
  AuthenticationMethod,
  BrowserSession,
  BrowserSessionStart,
  BrowserSessionStore,
} from '../../domain/browser-session.ts'
import type { BrowserSessionId, UserId } from '../../domain/ids.ts'
import { networkOf } from '../../domain/network.ts'
import type { Revocation } from '../../domain/revocation.ts'
import type { SessionEndReason } from '../../domain/session.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase, SqlTransaction } from '../database.ts'
import { refund } from './attempt-windows.ts'
import { browserSessionEnded, ending } from './browser-session-endings.ts'
import { appendEvent } from './events.ts'
import { endSessionsOfBrowser } from './sessions.ts'

interface BrowserSessionRow {
  id: BrowserSessionId
  user_id: UserId
  authenticated_at: number
  methods: string
  last_used_at: number
  idle_expires_at: number
  absolute_expires_at: number
  device_label: string | null
  ip_address: string | null
}

const COLUMNS = `id, user_id, authenticated_at, methods, last_used_at, idle_expires_at,
  absolute_expires_at, device_label, ip_address`

/** The secret of one that goes on is replaced; one of another user is left as it is. */
const start = (lock: string) => `INSERT INTO browser_sessions (${COLUMNS}, network, secret_hash)
  SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM users
  WHERE id = ? AND credential_version = ? AND disabled_at IS NULL ${lock}
  ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash,
    authenticated_at = excluded.authenticated_at, methods = excluded.methods,
    last_used_at = excluded.last_used_at, idle_expires_at = excluded.idle_expires_at,
    absolute_expires_at = excluded.absolute_expires_at, device_label = excluded.device_label,
    ip_address = excluded.ip_address, network = excluded.network, ended_at = NULL
    WHERE browser_sessions.user_id = excluded.user_id
  RETURNING user_id`

export const statements = {
  /** As sessions start: not from an account that is being disabled at the same moment. */
  start: { sqlite: start(''), postgres: start('FOR SHARE') },
  findBySecretHash: `SELECT ${COLUMNS} FROM browser_sessions WHERE secret_hash = ?`,
  touch: `UPDATE browser_sessions SET last_used_at = ?, idle_expires_at = ? WHERE id = ?
      AND ended_at IS NULL RETURNING id`,
  end: `UPDATE browser_sessions SET ${ending} WHERE id = ? AND user_id = ? AND ended_at IS NULL`,
  listOpenOfUser: `SELECT ${COLUMNS} FROM browser_sessions WHERE user_id = ?
      AND ended_at IS NULL AND idle_expires_at > ? AND absolute_expires_at > ?
    ORDER BY last_used_at DESC, id DESC`,
  forget: `DELETE FROM browser_sessions WHERE id IN
      (SELECT id FROM browser_sessions WHERE idle_expires_at < ? LIMIT ?)
    RETURNING id`,
}

export function createBrowserSessionStore(database: SqlDatabase): BrowserSessionStore {
  return {
    start: (starting) =>
      database.write(async (transaction) => {
        const sql = statements.start[database.dialect]
        const row = await transaction.get<{ user_id: UserId }>(sql, newRow(starting))
        if (row === undefined) return null
        const { session, instead, events, counted } = starting
        for (const event of events) await appendEvent(transaction, event)
        if (counted !== null) await refund(transaction, counted)
        if (instead === null) return []
        const { id, userId } = instead
        const at = session.authenticatedAt
        return (await end(transaction, { id, userId, reason: 'other_user', at })) ?? []
      }),

    async findBySecretHash(secretHash) {
      const row = await database.get<BrowserSessionRow>(statements.findBySecretHash, [secretHash])
      return row === undefined ? null : browserSessionOf(row)
    },

    async touch(id, at, idleExpiresAt) {
      await database.writeOne(statements.touch, [at, idleExpiresAt, id])
    },

    end: (id, userId, reason, at) =>
      database.write((transaction) => end(transaction, { id, userId, reason, at })),

    async listOpenOfUser(userId, now) {
      const parameters = [userId, now, now]
      const rows = await database.all<BrowserSessionRow>(statements.listOpenOfUser, parameters)
      return rows.map(browserSessionOf)
    },

    forget: async (overBefore, limit) =>
      (await database.writeOne(statements.forget, [overBefore, limit])).length,
  }
}

interface Ending {
  readonly id: BrowserSessionId
  readonly userId: UserId
  readonly reason: SessionEndReason
  readonly at: UnixSeconds
}

/** With the sessions of applications that were started in it. */
async function end(
  transaction: SqlTransaction,
  { id, userId, reason, at }: Ending,
): Promise<Revocation[] | null> {
  if ((await transaction.run(statements.end, [at, id, userId])) === 0) return null
  await appendEvent(transaction, browserSessionEnded(id, userId, reason, at))
  return endSessionsOfBrowser(transaction, { id, userId, reason, at })
}

function newRow({ session, secretHash, credentialVersion }: BrowserSessionStart) {
  return [
    session.id,
    session.authenticatedAt,
    session.methods.join(' '),
    session.lastUsedAt,
    session.idleExpiresAt,
    session.absoluteExpiresAt,
    session.deviceLabel,
    session.ipAddress,
    networkOf(session.ipAddress),
    secretHash,
    session.userId,
    credentialVersion,
  ]
}

function browserSessionOf(row: BrowserSessionRow): BrowserSession {
  return {
    id: row.id,
    userId: row.user_id,
    authenticatedAt: row.authenticated_at as UnixSeconds,
    methods: row.methods.split(' ') as AuthenticationMethod[],
    lastUsedAt: row.last_used_at as UnixSeconds,
    idleExpiresAt: row.idle_expires_at as UnixSeconds,
    absoluteExpiresAt: row.absolute_expires_at as UnixSeconds,
    deviceLabel: row.device_label,
    ipAddress: row.ip_address,
  }
}
