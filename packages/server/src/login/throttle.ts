import { createHash } from 'node:crypto'

import { MapaeError } from '../domain/errors.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import { networkOf } from '../domain/network.ts'
import type { AttemptWindow, CountedSignIn, Stores } from '../domain/ports.ts'
import type { Clock, UnixSeconds } from '../domain/time.ts'
import type { UserId } from '../domain/ids.ts'

/** Failed or running sign-ins a minute before throttling starts. */
export interface ThrottleLimits {
  readonly perAccount: number
  readonly perAddress: number
}

export interface SignInThrottle {
  /**
   * Finds the user and counts the attempt, before any password is looked at, so that parallel
   * guesses cannot slip through. Errors: `too_many_attempts`. Whoever turns out to be the user gets
   * the count back: with the session, or by `refund`.
   */
  count(username: TypedUsername, ipAddress: string | null): Promise<CountedSignIn>
  refund(counted: CountedSignIn): Promise<void>
  /** For work that names no account yet, such as a sign-up. Errors: `too_many_attempts`. */
  countAddress(ipAddress: string | null): Promise<void>
}

export interface TypedUsername {
  readonly text: string
  /** Null when this can be nobody's name. */
  readonly key: string | null
}

/**
 * Windows of a minute: nobody waits longer, however hard somebody else guesses. Somebody who
 * guesses at an account cannot keep its user out either: addresses from which the user has signed
 * in before count apart from the rest of the world.
 */
export function createSignInThrottle(
  { attempts, events }: Pick<Stores, 'attempts' | 'events'>,
  limits: ThrottleLimits,
  clock: Clock,
): SignInThrottle {
  return {
    async count({ text, key }, ipAddress) {
      const now = clock.seconds()
      const network = networkOf(ipAddress)
      const counted = await attempts.countSignIn({
        usernameKey: key,
        network,
        accountKey: countingKey('account', key ?? text, ''),
        accountKeyAtKnownAddress: countingKey('account', key ?? text, network ?? ''),
        addressKey: addressKeyOf(ipAddress),
        at: now,
      })
      const { user, account, address } = counted
      const windows = [{ ...account, limit: limits.perAccount }]
      if (address !== null) windows.push({ ...address, limit: limits.perAddress })
      await refuseBeyondLimits(windows, user?.id ?? null, ipAddress, now)
      return counted
    },

    refund: (counted) => attempts.refund(counted),

    async countAddress(ipAddress) {
      const key = addressKeyOf(ipAddress)
      if (key === null) return
      const now = clock.seconds()
      const window = { ...(await attempts.count(key, now)), limit: limits.perAddress }
      await refuseBeyondLimits([window], null, ipAddress, now)
    },
  }

  async function refuseBeyondLimits(
    windows: readonly LimitedWindow[],
    userId: UserId | null,
    ipAddress: string | null,
    now: UnixSeconds,
  ): Promise<void> {
    const over = windows.filter((window) => window.attempts > window.limit)
    if (over.length === 0) return
    // Once a window, so that a flood of attempts is no flood of events.
    const isFirst = windows.some((window) => window.attempts === window.limit + 1)
    if (isFirst) await events.append(throttled(userId, ipAddress, now))
    const retryAfterSeconds = Math.max(...over.map(({ endsAt }) => endsAt - now), 1)
    throw new MapaeError('too_many_attempts', { retryAfterSeconds })
  }
}

interface LimitedWindow extends AttemptWindow {
  readonly limit: number
}

function addressKeyOf(ipAddress: string | null): string | null {
  const network = networkOf(ipAddress)
  return network === null ? null : countingKey('address', network)
}

/**
 * Under which name something is counted. Hashed: what people type as a user name is at times their
 * password.
 */
export function countingKey(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

function throttled(
  userId: UserId | null,
  ipAddress: string | null,
  at: UnixSeconds,
): NewSecurityEvent {
  return { name: 'login.throttled', at, userId, sessionId: null, ipAddress, details: {} }
}
