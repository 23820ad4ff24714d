import { MapaeError } from '../domain/errors.ts'
import type { EventName, NewSecurityEvent } from '../domain/event.ts'
import type { CountedSignIn, Stores } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import type { User } from '../domain/user.ts'
import type { Device } from '../sessions/start.ts'
import type { PasswordHasher } from './password-hashing.ts'
import type { SignInThrottle } from './throttle.ts'
import { parseUsername } from './username.ts'

/**
 * Begins something for a user who just proved who they are: a session, or one of a browser. Null
 * when the account was disabled or its password changed since it was read. With it the sign-in that
 * was counted is taken back.
 */
export interface StartFor<From extends Device, Started> {
  (
    user: User,
    from: From,
    because: NewSecurityEvent,
    counted?: CountedSignIn,
  ): Promise<Started | null>
}

export interface SignInWithPassword<From extends Device, Started> {
  /**
   * Starts a session for whoever knows the password. An unknown user, a disabled one and a wrong
   * password give the same answer after the same work.
   * Errors: `invalid_credentials`, `too_many_attempts`, `server_busy`.
   */
  (username: string, password: string, from: From): Promise<Started>
}

export function createSignInWithPassword<From extends Device, Started>(
  stores: Pick<Stores, 'users' | 'events'>,
  hasher: PasswordHasher,
  throttle: SignInThrottle,
  start: StartFor<From, Started>,
  clock: Clock,
): SignInWithPassword<From, Started> {
  return async (username, password, from) => {
    // In a storm most are turned away: that must not cost the database anything.
    hasher.checkRoom()
    const name = parseUsername(username)
    const { ipAddress } = from
    const counted = await throttle.count(
      { text: username, key: name.ok ? name.usernameKey : null },
      ipAddress,
    )
    const { user: found } = counted
    const user = found?.disabledAt === null ? found : null

    const { ok, needsRehash, isHashUnusable } = await hasher
      .verify(user?.passwordHash ?? null, password)
      .catch(async (error: unknown) => {
        // Nothing was guessed: the pool was full.
        await throttle.refund(counted)
        throw error
      })
    const event = (eventName: EventName): NewSecurityEvent => ({
      name: eventName,
      at: clock.seconds(),
      userId: found?.id ?? null,
      sessionId: null,
      ipAddress,
      details: isHashUnusable
        ? { method: 'password', stored_hash: 'damaged' }
        : { method: 'password' },
    })
    const started =
      ok && user !== null ? await start(user, from, event('login.succeeded'), counted) : null
    if (started === null || user === null) {
      await stores.events.append(event('login.failed'))
      throw new MapaeError('invalid_credentials')
    }
    if (needsRehash) await rehash(user, password)
    return started
  }

  async function rehash(user: User, password: string): Promise<void> {
    try {
      await stores.users.rehash(user.id, user.passwordHash, await hasher.hash(password))
    } catch (error) {
      // The user is signed in; the next sign-in tries again.
      if (!(error instanceof MapaeError)) throw error
    }
  }
}
