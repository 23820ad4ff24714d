import type {
  DeviceApproval,
  DeviceAuthorization,
  DeviceAuthorizationStore,
} from '../../domain/device-authorization.ts'
import type { Seconds, UnixSeconds } from '../../domain/time.ts'
import type { SqlDatabase } from '../database.ts'
import { hasBrowserSessionEnded } from './browser-session-endings.ts'
import { markClientUsed } from './clients.ts'
import { appendEvent } from './events.ts'
import { newSessionRow, startStatement } from './session-start.ts'

interface DeviceRow {
  device_code_hash: string
  user_code_hash: string
  client_id: string
  asked_for: string
  created_at: number
  expires_at: number
  interval_seconds: number
  asked_at: number | null
  approval: string | null
  denied_at: number | null
  redeemed_at: number | null
}

const COLUMNS = `device_code_hash, user_code_hash, client_id, asked_for, created_at, expires_at,
  interval_seconds, asked_at, approval, denied_at, redeemed_at`

const WAITING = `user_code_hash = ? AND expires_at > ? AND approval IS NULL AND denied_at IS NULL`

export const statements = {
  insert: `INSERT INTO device_authorizations
      (device_code_hash, user_code_hash, client_id, asked_for, created_at, expires_at,
      interval_seconds)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING device_code_hash`,
  find: `SELECT ${COLUMNS} FROM device_authorizations WHERE device_code_hash = ?`,
  findWaiting: `SELECT ${COLUMNS} FROM device_authorizations WHERE ${WAITING}`,
  approve: `UPDATE device_authorizations SET approval = ? WHERE ${WAITING} RETURNING client_id`,
  deny: `UPDATE device_authorizations SET denied_at = ? WHERE ${WAITING}
    RETURNING device_code_hash`,
  noteQuestion: `UPDATE device_authorizations SET asked_at = ?, interval_seconds = ?
    WHERE device_code_hash = ? AND interval_seconds = ? AND COALESCE(asked_at, 0) = ?
    RETURNING device_code_hash`,
  /** Of two at once one waits for the other, and then finds it taken. */
  redeem: `UPDATE device_authorizations SET redeemed_at = ?
    WHERE device_code_hash = ? AND redeemed_at IS NULL AND approval IS NOT NULL AND expires_at > ?`,
  release: `UPDATE device_authorizations SET redeemed_at = NULL WHERE device_code_hash = ?`,
  forget: `DELETE FROM device_authorizations WHERE device_code_hash IN
      (SELECT device_code_hash FROM device_authorizations WHERE expires_at <= ? LIMIT ?)
    RETURNING device_code_hash`,
}

export function createDeviceAuthorizationStore(database: SqlDatabase): DeviceAuthorizationStore {
  return {
    async insert(device) {
      const { deviceCodeHash, userCodeHash, clientId, scopes, resources, ...rest } = device
      const stored = await database.writeOne(statements.insert, [
        deviceCodeHash,
        userCodeHash,
        clientId,
        JSON.stringify({ scopes, resources } satisfies AskedFor),
        rest.createdAt,
        rest.expiresAt,
        rest.intervalSeconds,
      ])
      return stored.length === 1
    },

    find: async (deviceCodeHash) =>
      deviceOf(await database.get<DeviceRow>(statements.find, [deviceCodeHash])),

    findWaiting: async (userCodeHash, now) =>
      deviceOf(await database.get<DeviceRow>(statements.findWaiting, [userCodeHash, now])),

    approve: (userCodeHash, approval, now) =>
      database.write(async (transaction) => {
        const parameters = [JSON.stringify(approval), userCodeHash, now]
        type Row = { client_id: string }
        const [approved] = await transaction.all<Row>(statements.approve, parameters)
        if (approved === undefined) return false
        await markClientUsed(transaction, approved.client_id, now)
        return true
      }),

    deny: async (userCodeHash, now) =>
      (await database.writeOne(statements.deny, [now, userCodeHash, now])).length === 1,

    async noteQuestion(device, intervalSeconds, now) {
      const read = [device.deviceCodeHash, device.intervalSeconds, device.askedAt ?? 0]
      const noted = await database.writeOne(statements.noteQuestion, [
        now,
        intervalSeconds,
        ...read,
      ])
      return noted.length === 1
    },

    redeem: (deviceCodeHash, session, credentialVersion, events) =>
      database.write(async (transaction) => {
        const taken = [session.createdAt, deviceCodeHash, session.createdAt]
        if ((await transaction.run(statements.redeem, taken)) === 0) return false
        const { dialect } = database
        const row = newSessionRow(session, credentialVersion)
        const isRefused =
          (await hasBrowserSessionEnded(transaction, dialect, session.browserSessionId)) ||
          (await transaction.all(startStatement(dialect), row)).length === 0
        if (isRefused) {
          await transaction.run(statements.release, [deviceCodeHash])
          return false
        }
        for (const event of events) await appendEvent(transaction, event)
        return true
      }),

    forget: async (now, limit) => (await database.writeOne(statements.forget, [now, limit])).length,
  }
}

type AskedFor = Pick<DeviceAuthorization, 'scopes' | 'resources'>

function deviceOf(row: DeviceRow | undefined): DeviceAuthorization | null {
  if (row === undefined) return null
  return {
    deviceCodeHash: row.device_code_hash,
    userCodeHash: row.user_code_hash,
    clientId: row.client_id,
    ...(JSON.parse(row.asked_for) as AskedFor),
    createdAt: row.created_at as UnixSeconds,
    expiresAt: row.expires_at as UnixSeconds,
    intervalSeconds: row.interval_seconds as Seconds,
    askedAt: row.asked_at as UnixSeconds | null,
    approval: row.approval === null ? null : (JSON.parse(row.approval) as DeviceApproval),
    deniedAt: row.denied_at as UnixSeconds | null,
    redeemedAt: row.redeemed_at as UnixSeconds | null,
  }
}
