import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * What every form of the pages carries, so that a page elsewhere cannot send one: it is made from
 * something that only this browser holds (the secret of its session, or of a cookie made for the
 * purpose before there is one) under a key that only the server holds. A cookie that somebody
 * planted does not help them: they cannot make the token that goes with the victim's session.
 */
export interface FormTokens {
  make(holding: string): string
  check(formToken: string, holding: string): boolean
}

/** A form that was open while the master key was replaced still counts. */
export function createFormTokens(
  masterKey: Uint8Array,
  previousMasterKey: Uint8Array | null,
): FormTokens {
  const keys = [masterKey, previousMasterKey]
    .filter((key) => key !== null)
    .map((key) => createHmac('sha256', key).update('mapae form tokens').digest())
  const tokenUnder = (key: Uint8Array, holding: string) =>
    createHmac('sha256', key).update(holding).digest()
  return {
    make: (holding) => tokenUnder(keys[0]!, holding).toString('base64url'),
    check(formToken, holding) {
      const given = Buffer.from(formToken, 'base64url')
      return keys
        .map((key) => tokenUnder(key, holding))
        .some((token) => token.length === given.length && timingSafeEqual(token, given))
    },
  }
}
