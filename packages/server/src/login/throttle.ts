import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'

import { MapaeError } from '../domain/errors.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock } from '../domain/time.ts'
import type { User } from '../domain/user.ts'

/** Failed or running sign-ins a minute before throttling starts. */
export interface ThrottleLimits {
  readonly perAccount: number
  readonly perAddress: number
}

export interface Attempt {
  readonly usernameKey: string
  readonly user: User | null
  readonly ipAddress: string | null
}

export interface SignInThrottle {
  /**
   * Counts the attempt before any password is looked at, so that parallel guesses cannot slip
   * through. Errors: `too_many_attempts`. Returns what takes the count back after a success.
   */
  count(attempt: Attempt): Promise<{ refund(): Promise<void> }>
}

/**
 * Windows of a minute: nobody waits longer, however hard somebody else guesses. Somebody who
 * guesses at an account cannot keep its user out either: addresses from which the user has signed
 * in before count apart from the rest of the world.
 */
export function createSignInThrottle(
  stores: Pick<Stores, 'attempts' | 'sessions' | 'events'>,
  limits: ThrottleLimits,
  clock: Clock,
): SignInThrottle {
  return {
    async count(attempt) {
      const now = clock.seconds()
      const { user, ipAddress } = attempt
      const known =
        user !== null &&
        ipAddress !== null &&
        (await stores.sessions.isKnownAddress(user.id, ipAddress))
      const counted = [
        {
          key: keyOf('account', attempt.usernameKey, known ? ipAddress : ''),
          limit: limits.perAccount,
        },
      ]
      if (ipAddress !== null) {
        counted.push({ key: keyOf('address', network(ipAddress)), limit: limits.perAddress })
      }
      const keys = counted.map(({ key }) => key)
      const windows = await stores.attempts.count(keys, now)
      const over = windows.filter(({ attempts }, index) => attempts > counted[index]!.limit)
      if (over.length > 0) {
        const justNow = windows.some(
          ({ attempts }, index) => attempts === counted[index]!.limit + 1,
        )
        // Once a window, so that a flood of attempts is no flood of events.
        if (justNow) await stores.events.append(throttled(attempt, now))
        const retryAfterSeconds = Math.max(...over.map(({ endsAt }) => endsAt - now), 1)
        throw new MapaeError('too_many_attempts', { retryAfterSeconds })
      }
      return { refund: () => stores.attempts.refund(keys, now) }
    },
  }
}

/** Hashed: what people type as a user name is at times their password. */
function keyOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

/** One home or host has a whole /64 of IPv6 addresses. */
function network(ipAddress: string): string {
  if (!isIPv6(ipAddress)) return ipAddress
  const [head = '', tail = ''] = ipAddress.split('%', 1)[0]!.split('::', 2)
  const groups = head === '' ? [] : head.split(':')
  const missing = 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const filled = [...groups, ...Array.from({ length: missing }, () => '0'), ...tail.split(':')]
  return `${filled
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

function throttled(attempt: Attempt, at: NewSecurityEvent['at']): NewSecurityEvent {
  const { user, ipAddress } = attempt
  return {
    name: 'login.throttled',
    at,
    userId: user?.id ?? null,
    sessionId: null,
    ipAddress,
    details: {},
  }
}
