import { MapaeError } from '../domain/errors.ts'
import type { BrowserSessionId, SessionId, UserId } from '../domain/ids.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import type { Accounts } from './accounts.ts'
import type { PasswordHasher } from './password-hashing.ts'
import type { SignInThrottle } from './throttle.ts'

/** Who asks; what they ask with goes on. */
export interface PasswordChanger {
  readonly userId: UserId
  readonly sessionId: SessionId | null
  readonly browserSessionId: BrowserSessionId | null
}

export interface ChangePassword {
  /**
   * Needs the current password, guessed no faster than at sign-in: a stolen access token does not
   * become an account. All other sessions end.
   * Errors: `wrong_password`, `password_refused`, `too_many_attempts`, `server_busy`,
   * `invalid_token` when the account is gone.
   */
  (
    changer: PasswordChanger,
    passwords: { readonly current: string; readonly next: string },
    ipAddress: string | null,
  ): Promise<void>
}

export function createChangePassword(
  { users, events }: Pick<Stores, 'users' | 'events'>,
  accounts: Accounts,
  hasher: PasswordHasher,
  throttle: SignInThrottle,
  clock: Clock,
): ChangePassword {
  return async ({ userId, sessionId, browserSessionId }, { current, next }, ipAddress) => {
    const user = await users.find(userId)
    if (user === null || user.disabledAt !== null) {
      throw new MapaeError('invalid_token', { challenge: 'Bearer error="invalid_token"' })
    }
    const { usernameKey } = user
    const counted = await throttle.count({ text: usernameKey, key: usernameKey }, ipAddress)
    const { ok } = await hasher.verify(user.passwordHash, current).catch(async (error: unknown) => {
      // Nothing was guessed: the pool was full.
      await throttle.refund(counted)
      throw error
    })
    if (!ok) {
      const details = { method: 'password_change' }
      const at = clock.seconds()
      await events.append({ name: 'login.failed', at, userId, sessionId, ipAddress, details })
      throw new MapaeError('wrong_password')
    }
    await throttle.refund(counted)
    const change = {
      user,
      password: next,
      keep: sessionId,
      keepBrowser: browserSessionId,
      by: 'user',
      ipAddress,
    } as const
    // Lost to another change of the same password: what was proven is not the password any more.
    if (!(await accounts.setPassword(change))) throw new MapaeError('wrong_password')
  }
}
