import { createHmac, timingSafeEqual } from 'node:crypto'

const PREFIX = 'mrt_'

/**
 * With such a token a client that registered itself reads, changes and deletes what is known of it.
 * It is made from the client's name under a key that only the server holds: nothing is stored, and
 * a deleted client has none, since its name is never given again. Spec: RFC 7592 section 3.
 */
export interface RegistrationTokens {
  make(clientId: string): string
  /** In constant time. One made under the previous master key counts too. */
  check(clientId: string, registrationToken: string): boolean
}

export function createRegistrationTokens(
  masterKey: Uint8Array,
  previousMasterKey: Uint8Array | null,
): RegistrationTokens {
  const keys = [masterKey, previousMasterKey]
    .filter((key) => key !== null)
    .map((key) => createHmac('sha256', key).update('mapae registration tokens').digest())
  const tokenUnder = (key: Uint8Array, clientId: string) =>
    PREFIX + createHmac('sha256', key).update(clientId).digest('base64url')
  return {
    make: (clientId) => tokenUnder(keys[0]!, clientId),
    check(clientId, registrationToken) {
      const given = Buffer.from(registrationToken)
      return keys
        .map((key) => Buffer.from(tokenUnder(key, clientId)))
        .some((token) => token.length === given.length && timingSafeEqual(token, given))
    },
  }
}
