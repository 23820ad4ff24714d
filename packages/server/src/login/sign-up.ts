import { MapaeError } from '../domain/errors.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import type { Session } from '../domain/session.ts'
import type { Clock } from '../domain/time.ts'
import type { User } from '../domain/user.ts'
import type { Device, StartSession } from '../sessions/start.ts'
import type { Accounts, NewAccount } from './accounts.ts'
import type { SignInThrottle } from './throttle.ts'

export interface SignUp {
  /**
   * Makes an account and starts its first session. Throttled like sign-ins.
   * Errors: `signup_closed`, `too_many_attempts`, and those of `Accounts.create`.
   */
  (
    account: Pick<NewAccount, 'username' | 'password' | 'email'>,
    device: Device,
  ): Promise<{ readonly user: User; readonly session: Session }>
}

export function createSignUp(
  isOpen: boolean,
  accounts: Accounts,
  throttle: SignInThrottle,
  startSession: StartSession,
  clock: Clock,
): SignUp {
  return async ({ username, password, email }, device) => {
    if (!isOpen) throw new MapaeError('signup_closed')
    const { ipAddress } = device
    await throttle.countAddress(ipAddress)
    const user = await accounts.create({ username, password, email, ipAddress })
    const proven: NewSecurityEvent = {
      name: 'login.succeeded',
      at: clock.seconds(),
      userId: user.id,
      sessionId: null,
      ipAddress,
      details: { method: 'signup' },
    }
    const session = await startSession(user, device, proven)
    // Disabled by an operator within the same moment.
    if (session === null) throw new MapaeError('invalid_credentials')
    return { user, session }
  }
}
