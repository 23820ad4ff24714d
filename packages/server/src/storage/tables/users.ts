import type { UserId } from '../../domain/ids.ts'
import type { UserStore } from '../../domain/ports.ts'
import type { UnixSeconds } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { SqlDatabase } from '../database.ts'
import { endOpenBrowserSessions } from './browser-session-endings.ts'
import { appendEvent, changeAndTell } from './events.ts'
import { endOpenSessions } from './sessions.ts'

export interface UserRow {
  id: string
  username: string
  username_key: string
  email: string | null
  password_hash: string
  credential_version: number
  created_at: number
  disabled_at: number | null
  previously_disabled_at: number | null
  is_demo: number
}

export const userColumns: readonly (keyof UserRow)[] = [
  'id',
  'username',
  'username_key',
  'email',
  'password_hash',
  'credential_version',
  'created_at',
  'disabled_at',
  'previously_disabled_at',
  'is_demo',
]

const COLUMNS = userColumns.join(', ')

export const statements = {
  insert: `INSERT INTO users (${COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id AS user_id`,
  find: `SELECT ${COLUMNS} FROM users WHERE id = ?`,
  findByUsernameKey: `SELECT ${COLUMNS} FROM users WHERE username_key = ?`,
  list: `SELECT ${COLUMNS} FROM users WHERE username_key > ? ORDER BY username_key LIMIT ?`,
  rehash: `UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?
    RETURNING id`,
  changePassword: `UPDATE users SET password_hash = ?, credential_version = credential_version + 1
    WHERE id = ? AND credential_version = ? AND disabled_at IS NULL`,
  disable: `UPDATE users SET disabled_at = ?, credential_version = credential_version + 1
    WHERE id = ? AND disabled_at IS NULL`,
  enable: `UPDATE users SET previously_disabled_at = disabled_at, disabled_at = NULL
    WHERE id = ? AND disabled_at IS NOT NULL RETURNING id AS user_id`,
}

export function createUserStore(database: SqlDatabase): UserStore {
  return {
    insert: async (user, event) =>
      (await changeAndTell(database, statements.insert, rowOf(user), [event])) !== undefined,

    find: async (id) => userOf(await database.get<UserRow>(statements.find, [id])),

    findByUsernameKey: async (usernameKey) =>
      userOf(await database.get<UserRow>(statements.findByUsernameKey, [usernameKey])),

    async list(after, limit) {
      const rows = await database.all<UserRow>(statements.list, [after, limit])
      return rows.map((row) => userOf(row)!)
    },

    rehash: async (id, from, to) =>
      (await database.writeOne(statements.rehash, [to, id, from])).length === 1,

    changePassword: ({ userId, credentialVersion, passwordHash, keep, keepBrowser, event }) =>
      database.write(async (transaction) => {
        const changed = await transaction.run(statements.changePassword, [
          passwordHash,
          userId,
          credentialVersion,
        ])
        if (changed === 0) return null
        await appendEvent(transaction, event)
        const ending = { userId, keepBrowser, reason: 'password_changed', at: event.at } as const
        await endOpenBrowserSessions(transaction, ending)
        return endOpenSessions(transaction, { ...ending, keep })
      }),

    disable: (id, event) =>
      database.write(async (transaction) => {
        if ((await transaction.run(statements.disable, [event.at, id])) === 0) return null
        await appendEvent(transaction, event)
        const ending = {
          userId: id,
          keep: null,
          keepBrowser: null,
          reason: 'user_disabled',
          at: event.at,
        } as const
        await endOpenBrowserSessions(transaction, ending)
        const ended = await endOpenSessions(transaction, ending)
        return [...ended, { kind: 'user', subject: id, at: event.at }]
      }),

    enable: async (id, event) =>
      (await changeAndTell(database, statements.enable, [id], [event])) !== undefined,
  }
}

function rowOf(user: User) {
  return [
    user.id,
    user.username,
    user.usernameKey,
    user.email,
    user.passwordHash,
    user.credentialVersion,
    user.createdAt,
    user.disabledAt,
    user.previouslyDisabledAt,
    user.isDemo ? 1 : 0,
  ]
}

export function userOf(row: UserRow | undefined): User | null {
  if (row === undefined) return null
  return {
    id: row.id as UserId,
    username: row.username,
    usernameKey: row.username_key,
    email: row.email,
    passwordHash: row.password_hash,
    credentialVersion: row.credential_version,
    createdAt: row.created_at as UnixSeconds,
    disabledAt: row.disabled_at as UnixSeconds | null,
    previouslyDisabledAt: row.previously_disabled_at as UnixSeconds | null,
    isDemo: row.is_demo === 1,
  }
}
