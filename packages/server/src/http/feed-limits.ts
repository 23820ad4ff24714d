import { MapaeError } from '../domain/errors.ts'
import { networkOf } from '../domain/network.ts'
import type { Clock } from '../domain/time.ts'
import { createMinuteLimit } from '../login/minute-limit.ts'

/** A page of 0.7 MB takes 5 ms to sign when nobody has asked from the same place before. */
const MOST_REQUESTS_A_MINUTE = 1200
/** One for each process of a cluster that goes out by one address. */
const MOST_STREAMS_OF_A_NETWORK = 200
/** Half of the connections that a node takes at all. */
const MOST_STREAMS = 5000
const AGAIN_AFTER_SECONDS = 30

/** Bounds what those whom nobody knows take of the feed of one node. */
export interface FeedLimits {
  /** Counts a request. Errors: `too_many_attempts`. */
  count(ipAddress: string | null): void
  /**
   * Takes a place for a stream; returns how to give it back, once.
   * Errors: `too_many_attempts` when the network has all of its places, `server_busy` when there
   * are none.
   */
  takePlace(ipAddress: string | null): () => void
}

export function createFeedLimits(clock: Clock): FeedLimits {
  const requests = createMinuteLimit(MOST_REQUESTS_A_MINUTE, clock)
  const placesOf = new Map<string | null, number>()
  let places = 0

  function add(network: string | null, change: 1 | -1): void {
    const count = (placesOf.get(network) ?? 0) + change
    places += change
    if (count === 0) placesOf.delete(network)
    else placesOf.set(network, count)
  }

  return {
    count(ipAddress) {
      const network = networkOf(ipAddress)
      if (network === null) return
      requests.check(network)
      requests.use(network)
    },
    takePlace(ipAddress) {
      const network = networkOf(ipAddress)
      const retryAfterSeconds = AGAIN_AFTER_SECONDS
      if (network !== null && (placesOf.get(network) ?? 0) >= MOST_STREAMS_OF_A_NETWORK) {
        throw new MapaeError('too_many_attempts', { retryAfterSeconds })
      }
      if (places >= MOST_STREAMS) throw new MapaeError('server_busy', { retryAfterSeconds })
      add(network, 1)
      return () => add(network, -1)
    },
  }
}
