import type {
  AuthorizationRequest,
  AuthorizationRequestStore,
} from '../../domain/authorization-request.ts'
import type { UserId } from '../../domain/ids.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase } from '../database.ts'

interface RequestRow {
  id_hash: string
  request: string
  created_at: number
  expires_at: number
  denied_at: number | null
  browser_session_id: string | null
  chosen_session_id: string | null
  approved_by: UserId | null
}

export const statements = {
  insert: `INSERT INTO authorization_requests (id_hash, client_id, request, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?)`,
  find: `SELECT id_hash, request, created_at, expires_at, denied_at, browser_session_id,
      chosen_session_id, approved_by
    FROM authorization_requests WHERE id_hash = ? AND expires_at > ?`,
  noteSignIn: `UPDATE authorization_requests SET browser_session_id = ?
    WHERE id_hash = ? AND expires_at > ? RETURNING id_hash`,
  noteChoice: `UPDATE authorization_requests SET chosen_session_id = ?
    WHERE id_hash = ? AND expires_at > ? RETURNING id_hash`,
  approve: `UPDATE authorization_requests SET approved_by = ?
    WHERE id_hash = ? AND client_id = ? AND expires_at > ? AND denied_at IS NULL`,
  deny: `UPDATE authorization_requests SET denied_at = ?
    WHERE id_hash = ? AND expires_at > ? AND denied_at IS NULL RETURNING id_hash`,
  remove: `DELETE FROM authorization_requests WHERE id_hash = ? RETURNING id_hash`,
  forget: `DELETE FROM authorization_requests WHERE id_hash IN
      (SELECT id_hash FROM authorization_requests WHERE expires_at <= ? LIMIT ?)
    RETURNING id_hash`,
}

export function createAuthorizationRequestStore(database: SqlDatabase): AuthorizationRequestStore {
  return {
    async insert({ idHash, request, createdAt, expiresAt }) {
      await database.writeOne(statements.insert, [
        idHash,
        request.clientId,
        JSON.stringify(request),
        createdAt,
        expiresAt,
      ])
    },

    async find(idHash, now) {
      const row = await database.get<RequestRow>(statements.find, [idHash, now])
      if (row === undefined) return null
      return {
        idHash: row.id_hash,
        request: JSON.parse(row.request) as AuthorizationRequest,
        createdAt: row.created_at as UnixSeconds,
        expiresAt: row.expires_at as UnixSeconds,
        deniedAt: row.denied_at as UnixSeconds | null,
        browserSessionId: row.browser_session_id,
        chosenSessionId: row.chosen_session_id,
        approvedBy: row.approved_by,
      }
    },

    async noteSignIn(idHash, browserSessionId, now) {
      await database.writeOne(statements.noteSignIn, [browserSessionId, idHash, now])
    },

    async noteChoice(idHash, browserSessionId, now) {
      await database.writeOne(statements.noteChoice, [browserSessionId, idHash, now])
    },

    deny: async (idHash, now) =>
      (await database.writeOne(statements.deny, [now, idHash, now])).length === 1,

    remove: async (idHash) => (await database.writeOne(statements.remove, [idHash])).length === 1,

    forget: async (now, limit) => (await database.writeOne(statements.forget, [now, limit])).length,
  }
}
