import { MapaeError } from '../domain/errors.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import { createId, type Random, type SessionId, type UserId } from '../domain/ids.ts'
import type { UserStore } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import type { User } from '../domain/user.ts'
import type { EndedSessions } from '../events/ended-sessions.ts'
import type { PasswordHasher } from './password-hashing.ts'
import { checkPassword } from './password-policy.ts'
import { parseUsername } from './username.ts'

export interface NewAccount {
  readonly username: string
  readonly password: string
  readonly email: string | null
  readonly ipAddress: string | null
  readonly isDemo?: boolean
}

/** Making accounts and changing what proves who they belong to. */
export interface Accounts {
  /** Errors: `username_refused`, `username_taken`, `password_refused`, `server_busy`. */
  create(account: NewAccount): Promise<User>
  /**
   * Ends all sessions but `keep`. False when the account changed meanwhile.
   * Errors: `password_refused`, `server_busy`.
   */
  setPassword(change: NewPassword): Promise<boolean>
  /** Ends all sessions. False when the account was disabled already. */
  disable(id: UserId): Promise<boolean>
}

export interface NewPassword {
  readonly user: User
  readonly password: string
  readonly keep: SessionId | null
  readonly by: 'user' | 'operator'
  readonly ipAddress: string | null
}

export function createAccounts(
  users: UserStore,
  hasher: PasswordHasher,
  endedSessions: EndedSessions,
  clock: Clock,
  random: Random,
): Accounts {
  return {
    async create({ username, password, email, ipAddress, isDemo = false }) {
      const name = parseUsername(username)
      if (!name.ok) {
        const { reason, explanation } = name
        throw new MapaeError('username_refused', { detail: explanation, members: { reason } })
      }
      if (!isDemo) await requireGoodPassword(password, name.username, email)
      if ((await users.findByUsernameKey(name.usernameKey)) !== null) {
        throw new MapaeError('username_taken')
      }
      const user: User = {
        id: createId<UserId>(clock, random),
        username: name.username,
        usernameKey: name.usernameKey,
        email,
        passwordHash: await hasher.hash(password),
        credentialVersion: 1,
        createdAt: clock.seconds(),
        disabledAt: null,
        isDemo,
      }
      if (!(await users.insert(user, about(user, 'user.created', ipAddress, {})))) {
        throw new MapaeError('username_taken')
      }
      return user
    },

    async setPassword({ user, password, keep, by, ipAddress }) {
      if (!user.isDemo) await requireGoodPassword(password, user.username, user.email)
      const ended = await users.changePassword({
        userId: user.id,
        credentialVersion: user.credentialVersion,
        passwordHash: await hasher.hash(password),
        keep,
        event: about(user, 'user.password_changed', ipAddress, { by }),
      })
      if (ended === null) return false
      endedSessions.add(ended)
      return true
    },

    async disable(id) {
      const event = {
        name: 'user.disabled',
        at: clock.seconds(),
        userId: id,
        sessionId: null,
        ipAddress: null,
        details: { by: 'operator' },
      } as const
      const ended = await users.disable(id, event)
      if (ended === null) return false
      endedSessions.add(ended)
      return true
    },
  }

  function about(
    user: User,
    name: NewSecurityEvent['name'],
    ipAddress: string | null,
    details: NewSecurityEvent['details'],
  ): NewSecurityEvent {
    return { name, at: clock.seconds(), userId: user.id, sessionId: null, ipAddress, details }
  }
}

async function requireGoodPassword(
  password: string,
  username: string,
  email: string | null,
): Promise<void> {
  const verdict = await checkPassword(password, { username, email })
  if (verdict.ok) return
  const { reason, explanation, suggestions } = verdict
  throw new MapaeError('password_refused', {
    detail: explanation,
    members: { reason, suggestions },
  })
}
