import { TokenError } from './errors.ts'

export interface ScheduleLimits {
  readonly cooldownSeconds: number
  readonly minFreshSeconds: number
  readonly maxFreshSeconds: number
  readonly staleSeconds: number
}

/**
 * Waits for newer content where the caller cannot do without: always when there is none or what
 * there is is too old (`keys_unavailable` when that fails), and once a cool-down when something is
 * missing in it. Returns undefined when there is nothing to wait for.
 */
export type Refresh = (isMissing: boolean) => Promise<void> | undefined

const freshSecondsWhenSilent = 600
const longestBackOffSeconds = 300

/**
 * Decide when to read something remote again. One read at a time; content that is no longer fresh
 * serves on while the read goes on behind it; failures double the wait from one second on.
 * `read` resolves to the seconds its source allows, or undefined when the source does not say.
 */
export function createRefreshSchedule(
  read: () => Promise<number | undefined>,
  limits: ScheduleLimits,
  clock: () => number,
): Refresh {
  let freshUntil = -Infinity
  let askedAt = -Infinity
  let failures = 0
  let inFlight: Promise<void> | undefined

  const readNow = async (): Promise<void> => {
    askedAt = clock()
    try {
      const allowed = (await read()) ?? freshSecondsWhenSilent
      const bounded = Math.max(limits.minFreshSeconds, Math.min(allowed, limits.maxFreshSeconds))
      freshUntil = clock() + bounded
      failures = 0
    } catch {
      failures++
    } finally {
      inFlight = undefined
    }
  }

  const readUnlessWaiting = (waitSeconds: number): Promise<void> | undefined => {
    // A clock that was set back must not keep us waiting, hence the absolute difference.
    if (inFlight === undefined && Math.abs(clock() - askedAt) >= waitSeconds) inFlight = readNow()
    return inFlight
  }

  const isUsable = (): boolean => clock() < freshUntil + limits.staleSeconds

  return (isMissing) => {
    const backOff = failures === 0 ? 0 : Math.min(2 ** (failures - 1), longestBackOffSeconds)
    if (!isUsable()) {
      return (readUnlessWaiting(backOff) ?? Promise.resolve()).then(() => {
        if (!isUsable()) throw new TokenError('keys_unavailable')
      })
    }
    if (clock() >= freshUntil) void readUnlessWaiting(backOff)
    return isMissing ? readUnlessWaiting(Math.max(backOff, limits.cooldownSeconds)) : undefined
  }
}
