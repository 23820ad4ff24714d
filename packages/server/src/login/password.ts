import { MapaeError } from '../domain/errors.ts'
import type { EventName, NewSecurityEvent } from '../domain/event.ts'
import type { Stores } from '../domain/ports.ts'
import type { Session } from '../domain/session.ts'
import type { Clock } from '../domain/time.ts'
import type { User } from '../domain/user.ts'
import type { Device, StartSession } from '../sessions/start.ts'
import type { PasswordHasher } from './password-hashing.ts'
import type { SignInThrottle } from './throttle.ts'
import { parseUsername } from './username.ts'

export interface SignInWithPassword {
  /**
   * Starts a session for whoever knows the password. An unknown user, a disabled one and a wrong
   * password give the same answer after the same work.
   * Errors: `invalid_credentials`, `too_many_attempts`, `server_busy`.
   */
  (username: string, password: string, device: Device): Promise<Session>
}

export function createSignInWithPassword(
  stores: Pick<Stores, 'users' | 'events'>,
  hasher: PasswordHasher,
  throttle: SignInThrottle,
  startSession: StartSession,
  clock: Clock,
): SignInWithPassword {
  return async (username, password, device) => {
    // In a storm most are turned away: that must not cost the database anything.
    hasher.checkRoom()
    const name = parseUsername(username)
    const { ipAddress } = device
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
    const session =
      ok && user !== null
        ? await startSession(user, device, event('login.succeeded'), counted)
        : null
    if (session === null || user === null) {
      await stores.events.append(event('login.failed'))
      throw new MapaeError('invalid_credentials')
    }
    if (needsRehash) await rehash(user, password)
    return session
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
