import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'

import { MapaeError } from '../domain/errors.ts'
import type { NewSecurityEvent } from '../domain/event.ts'
import type { Stores } from '../domain/ports.ts'
import type { Clock, UnixSeconds } from '../domain/time.ts'
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
  /** For work that names no account yet, such as a sign-up. Errors: `too_many_attempts`. */
  countAddress(ipAddress: string | null): Promise<void>
}

interface Counter {
  readonly key: string
  readonly limit: number
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
    async count({ usernameKey, user, ipAddress }) {
      const known =
        user !== null &&
        ipAddress !== null &&
        (await stores.sessions.isKnownAddress(user.id, ipAddress))
      const key = keyOf('account', usernameKey, known ? ipAddress : '')
      const counters = [{ key, limit: limits.perAccount }, ...addressCounters(ipAddress)]
      const now = clock.seconds()
      await countAll(counters, { user, ipAddress }, now)
      const keys = counters.map((counter) => counter.key)
      return { refund: () => stores.attempts.refund(keys, now) }
    },

    countAddress: (ipAddress) =>
      countAll(addressCounters(ipAddress), { user: null, ipAddress }, clock.seconds()),
  }

  function addressCounters(ipAddress: string | null): Counter[] {
    if (ipAddress === null) return []
    return [{ key: keyOf('address', network(ipAddress)), limit: limits.perAddress }]
  }

  async function countAll(
    counters: readonly Counter[],
    attempt: Pick<Attempt, 'user' | 'ipAddress'>,
    now: UnixSeconds,
  ): Promise<void> {
    const windows = await stores.attempts.count(
      counters.map(({ key }) => key),
      now,
    )
    const over = windows.filter(({ attempts }, index) => attempts > counters[index]!.limit)
    if (over.length === 0) return
    // Once a window, so that a flood of attempts is no flood of events.
    const isFirst = windows.some(({ attempts }, index) => attempts === counters[index]!.limit + 1)
    if (isFirst) await stores.events.append(throttled(attempt, now))
    const retryAfterSeconds = Math.max(...over.map(({ endsAt }) => endsAt - now), 1)
    throw new MapaeError('too_many_attempts', { retryAfterSeconds })
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

function throttled(
  { user, ipAddress }: Pick<Attempt, 'user' | 'ipAddress'>,
  at: UnixSeconds,
): NewSecurityEvent {
  return {
    name: 'login.throttled',
    at,
    userId: user?.id ?? null,
    sessionId: null,
    ipAddress,
    details: {},
  }
}
