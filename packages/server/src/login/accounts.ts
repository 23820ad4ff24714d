import { MapaeError } from '../domain/errors.ts'
import type { EventName, NewSecurityEvent } from '../domain/event.ts'
import {
  createId,
  type BrowserSessionId,
  type Random,
  type SessionId,
  type UserId,
} from '../domain/ids.ts'
import type { UserStore } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import type { User } from '../domain/user.ts'
import type { RevocationLog } from '../events/revocation-log.ts'
import type { PasswordHasher } from './password-hashing.ts'
import type { PasswordPolicy } from './password-policy.ts'
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
   * Ends all sessions but those to keep. False when the account changed meanwhile.
   * Errors: `password_refused`, `server_busy`.
   */
  setPassword(change: NewPassword): Promise<boolean>
  /** Ends all sessions. False when the account was disabled already. */
  disable(id: UserId): Promise<boolean>
  /** Lets its user sign in again, with the password of before. False when it is enabled. */
  enable(id: UserId): Promise<boolean>
}

export interface NewPassword {
  readonly user: User
  readonly password: string
  readonly keep: SessionId | null
  readonly keepBrowser: BrowserSessionId | null
  readonly by: 'user' | 'operator'
  readonly ipAddress: string | null
}

export function createAccounts(
  users: UserStore,
  hasher: PasswordHasher,
  policy: PasswordPolicy,
  revocations: RevocationLog,
  clock: Clock,
  random: Random,
): Accounts {
  return {
    async create({ username, password, email, ipAddress, isDemo = false }) {
      const name = requireGoodUsername(username)
      if (!isDemo) await requireGoodPassword(policy, password, name.username, email)
      const user: User = {
        id: createId<UserId>(clock, random),
        ...name,
        email,
        passwordHash: await hasher.hash(password),
        credentialVersion: 1,
        createdAt: clock.seconds(),
        disabledAt: null,
        previouslyDisabledAt: null,
        isDemo,
      }
      const event = about(user.id, 'user.created', ipAddress, {})
      if (!(await users.insert(user, event))) throw new MapaeError('username_taken')
      return user
    },

    async setPassword({ user, password, keep, keepBrowser, by, ipAddress }) {
      if (!user.isDemo) await requireGoodPassword(policy, password, user.username, user.email)
      const revoked = await users.changePassword({
        userId: user.id,
        credentialVersion: user.credentialVersion,
        passwordHash: await hasher.hash(password),
        keep,
        keepBrowser,
        event: about(user.id, 'user.password_changed', ipAddress, { by }),
      })
      revocations.add(revoked ?? [])
      return revoked !== null
    },

    async disable(id) {
      const revoked = await users.disable(id, about(id, 'user.disabled', null, { by: 'operator' }))
      revocations.add(revoked ?? [])
      return revoked !== null
    },

    enable: (id) => users.enable(id, about(id, 'user.enabled', null, { by: 'operator' })),
  }

  function about(
    userId: UserId,
    name: EventName,
    ipAddress: string | null,
    details: NewSecurityEvent['details'],
  ): NewSecurityEvent {
    return { name, at: clock.seconds(), userId, sessionId: null, ipAddress, details }
  }
}

function requireGoodUsername(text: string): Pick<User, 'username' | 'usernameKey'> {
  const name = parseUsername(text)
  if (name.ok) return { username: name.username, usernameKey: name.usernameKey }
  const { reason, explanation } = name
  throw new MapaeError('username_refused', { detail: explanation, members: { reason } })
}

async function requireGoodPassword(
  policy: PasswordPolicy,
  password: string,
  username: string,
  email: string | null,
): Promise<void> {
  const verdict = await policy.check(password, { username, email })
  if (verdict.ok) return
  const { reason, explanation, suggestions } = verdict
  throw new MapaeError('password_refused', {
    detail: explanation,
    members: { reason, suggestions },
  })
}
