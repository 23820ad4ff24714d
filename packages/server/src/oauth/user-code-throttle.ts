import { MapaeError } from '../domain/errors.ts'
import type { UserId } from '../domain/ids.ts'
import { networkOf } from '../domain/network.ts'
import type { AttemptStore, CountedWindows } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import { countingKey } from '../login/throttle.ts'

/** Wrong codes a minute. People type one, and look again at the device. */
const MOST_OF_AN_ACCOUNT = 10
/** Several people behind one address may each be wrong. */
const MOST_OF_AN_ADDRESS = 60

/** Who typed a code. */
export interface Typist {
  readonly userId: UserId
  readonly ipAddress: string | null
}

export interface UserCodeThrottle {
  /**
   * Before the code is looked up, so that guesses at the same time do not slip through.
   * Errors: `too_many_attempts`.
   */
  count(typist: Typist): Promise<CountedWindows>
  /** The code was right. */
  refund(counted: CountedWindows): Promise<void>
}

/**
 * A user code has 34 bits, for people have to type it: the one secret here that could be guessed.
 * So attempts are counted in the database, for all nodes together. While a hundred devices wait all
 * the time, one account finds one of them in some fifty years; what it gains is that somebody's
 * device is signed in as itself. Spec: RFC 8628 section 5.1.
 */
export function createUserCodeThrottle(attempts: AttemptStore, clock: Clock): UserCodeThrottle {
  return {
    async count({ userId, ipAddress }) {
      const now = clock.seconds()
      const network = networkOf(ipAddress)
      const account = await attempts.count(countingKey('user code account', userId), now)
      const address =
        network === null
          ? null
          : await attempts.count(countingKey('user code address', network), now)
      const windows = [{ ...account, limit: MOST_OF_AN_ACCOUNT }]
      if (address !== null) windows.push({ ...address, limit: MOST_OF_AN_ADDRESS })
      const over = windows.filter((window) => window.attempts > window.limit)
      if (over.length === 0) return { account, address }
      const retryAfterSeconds = Math.max(...over.map(({ endsAt }) => endsAt - now), 1)
      throw new MapaeError('too_many_attempts', { retryAfterSeconds })
    },
    refund: (counted) => attempts.refund(counted),
  }
}
