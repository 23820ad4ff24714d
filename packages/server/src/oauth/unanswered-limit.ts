import type { Client } from '../domain/client.ts'
import { networkOf } from '../domain/network.ts'
import type { Clock } from '../domain/time.ts'
import { createMinuteLimit } from '../login/minute-limit.ts'
import { isOperatorsClient } from './registration/who-registered.ts'

/**
 * A usual request counts for a kilobyte, so that a thousand people behind one address can begin to
 * sign in each minute; and what one address keeps in the database stays at some 10 MiB, because
 * requests wait for ten minutes.
 */
const MOST_BYTES_A_MINUTE = 1_048_576
/** Of a row besides what is asked: its keys, instants and indexes. */
const ROW_BYTES = 400

/**
 * Bounds what strangers make this server store. Anybody may begin to sign in, so that a request
 * which nobody has answered yet is charged to the address it came from, by its size.
 */
export interface UnansweredLimit {
  /**
   * Charges what is about to be stored. Nothing is charged for an address that is not known.
   * Errors: `too_many_attempts`.
   */
  charge(ipAddress: string | null, stored: object): void
}

export function createUnansweredLimit(clock: Clock): UnansweredLimit {
  const limit = createMinuteLimit(MOST_BYTES_A_MINUTE, clock)
  return {
    charge(ipAddress, stored) {
      const network = networkOf(ipAddress)
      if (network === null) return
      limit.check(network)
      limit.use(network, ROW_BYTES + Buffer.byteLength(JSON.stringify(stored)))
    },
  }
}

/**
 * Which address is charged for what a client sends itself. The server of an application brings the
 * requests of all its users: when it proves who it is, and an operator knows it, none is.
 */
export function chargedAddress(client: Client, ipAddress: string | null): string | null {
  const isAnswerable = client.authenticationMethod !== 'none' && isOperatorsClient(client.id)
  return isAnswerable ? null : ipAddress
}
