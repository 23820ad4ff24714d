import {
  defaultClientSettings,
  REGISTERED_ID_PREFIX,
  type Client,
  type ClientSecret,
  type ClientSettings,
  type ClientStore,
} from '../../domain/client.ts'
import type { NewSecurityEvent } from '../../domain/event.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase, SqlTransaction, SqlValue } from '../database.ts'
import { appendEvent } from './events.ts'

interface ClientRow {
  id: string
  settings: string
  secrets: string
  version: number
  created_at: number
  changed_at: number
  deleted_at: number | null
}

const COLUMNS = 'id, settings, secrets, version, created_at, changed_at, deleted_at'

/** Those that registered themselves: every name with that prefix lies between the two. */
const REGISTERED_THEMSELVES = `id > '${REGISTERED_ID_PREFIX}' AND id < '${REGISTERED_ID_PREFIX}~'`
const UNUSED = `used_at IS NULL AND deleted_at IS NULL AND changed_at < ?`

export const statements = {
  insert: `INSERT INTO clients (settings, secrets, version, changed_at, deleted_at, created_at, id)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  replace: `UPDATE clients SET settings = ?, secrets = ?, version = ?, changed_at = ?, deleted_at = ?
    WHERE id = ? AND version = ? AND deleted_at IS NULL`,
  list: `SELECT ${COLUMNS} FROM clients WHERE id > ? ORDER BY id LIMIT ?`,
  changedSince: `SELECT ${COLUMNS} FROM clients WHERE changed_at >= ?`,
  find: `SELECT ${COLUMNS} FROM clients WHERE id = ? AND deleted_at IS NULL`,
  /** A deletion that runs at the same time is waited for, or waits and then leaves the client. */
  markUsed: `UPDATE clients SET used_at = ? WHERE id = ? AND used_at IS NULL`,
  deleteUnused: `UPDATE clients
    SET secrets = '[]', version = version + 1, changed_at = ?, deleted_at = ?
    WHERE id IN (SELECT id FROM clients WHERE ${REGISTERED_THEMSELVES} AND ${UNUSED} LIMIT ?)
      AND ${UNUSED}
    RETURNING id`,
  forget: `DELETE FROM clients WHERE id IN
      (SELECT id FROM clients WHERE ${REGISTERED_THEMSELVES} AND deleted_at < ? LIMIT ?)
    RETURNING id`,
}

export function createClientStore(database: SqlDatabase): ClientStore {
  const change = (
    make: (transaction: SqlTransaction) => Promise<number>,
    event: Parameters<typeof appendEvent>[1],
  ) =>
    database.write(async (transaction) => {
      if ((await make(transaction)) === 0) return false
      await appendEvent(transaction, event)
      return true
    })

  return {
    insert: (client, event) =>
      change(
        (transaction) =>
          transaction.run(statements.insert, [...changing(client), client.createdAt, client.id]),
        event,
      ),

    replace: (from, to, event) =>
      change(
        (transaction) =>
          transaction.run(statements.replace, [...changing(to), from.id, from.version]),
        event,
      ),

    async list(after, limit) {
      return (await database.all<ClientRow>(statements.list, [after, limit])).map(clientOf)
    },

    async changedSince(instant) {
      return (await database.all<ClientRow>(statements.changedSince, [instant])).map(clientOf)
    },

    async find(id) {
      const row = await database.get<ClientRow>(statements.find, [id])
      return row === undefined ? null : clientOf(row)
    },

    deleteUnused: (unchangedSince, at, limit) =>
      database.write(async (transaction) => {
        const parameters = [at, at, unchangedSince, limit, unchangedSince]
        const deleted = await transaction.all<{ id: string }>(statements.deleteUnused, parameters)
        for (const { id } of deleted) await appendEvent(transaction, unusedDeleted(id, at))
        return deleted.length
      }),

    forget: async (deletedBefore, limit) =>
      (await database.writeOne(statements.forget, [deletedBefore, limit])).length,
  }
}

function unusedDeleted(clientId: string, at: UnixSeconds): NewSecurityEvent {
  const details = { client_id: clientId, reason: 'unused' }
  return { name: 'client.deleted', at, userId: null, sessionId: null, ipAddress: null, details }
}

/** Somebody allowed the client something, as a part of that. */
export async function markClientUsed(
  transaction: SqlTransaction,
  clientId: string,
  at: UnixSeconds,
): Promise<void> {
  await transaction.run(statements.markUsed, [at, clientId])
}

/** The values of the columns that change, in the order of both statements. */
function changing(client: Client): SqlValue[] {
  const { id: _id, secrets, version, createdAt: _createdAt, ...rest } = client
  const { changedAt, deletedAt, ...settings } = rest
  const plain: ClientSettings = settings
  return [JSON.stringify(plain), JSON.stringify(secrets), version, changedAt, deletedAt]
}

function clientOf(row: ClientRow): Client {
  return {
    // A setting that is younger than the row is as by default.
    ...defaultClientSettings,
    ...(JSON.parse(row.settings) as Partial<ClientSettings>),
    id: row.id,
    secrets: JSON.parse(row.secrets) as ClientSecret[],
    version: row.version,
    createdAt: row.created_at as UnixSeconds,
    changedAt: row.changed_at as UnixSeconds,
    deletedAt: row.deleted_at as UnixSeconds | null,
  }
}
