import { MapaeError } from '../domain/errors.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import type { Clock } from '../domain/time.ts'
import type { User } from '../domain/user.ts'
import type { Device } from '../sessions/start.ts'
import type { Accounts, NewAccount } from './accounts.ts'
import type { StartFor } from './password.ts'
import type { SignInThrottle } from './throttle.ts'

export interface SignUp<From extends Device, Started> {
  /**
   * Makes an account and starts its first session. Throttled like sign-ins.
   * Errors: `signup_closed`, `too_many_attempts`, and those of `Accounts.create`.
   */
  (
    account: Pick<NewAccount, 'username' | 'password' | 'email'>,
    from: From,
  ): Promise<{ readonly user: User; readonly started: Started }>
}

export function createSignUp<From extends Device, Started>(
  isOpen: boolean,
  accounts: Accounts,
  throttle: SignInThrottle,
  start: StartFor<From, Started>,
  clock: Clock,
): SignUp<From, Started> {
  return async ({ username, password, email }, from) => {
    if (!isOpen) throw new MapaeError('signup_closed')
    const { ipAddress } = from
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
    const started = await start(user, from, proven)
    // Disabled by an operator within the same moment.
    if (started === null) throw new MapaeError('invalid_credentials')
    return { user, started }
  }
}
