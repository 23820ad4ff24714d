import { MapaeError } from '../domain/errors.ts'

export interface OriginCheck {
  /**
   * Whether a call that uses a cookie comes from a page that may make it: of the issuer's own
   * origin, or of a client's web origin. Programs that are no browser say nothing and may.
   * Errors: `origin_not_allowed`. Spec: Fetch Metadata on `Sec-Fetch-Site`.
   */
  (headers: Headers): void
}

export function createOriginCheck(
  issuer: string,
  isWebOrigin: (origin: string) => boolean,
): OriginCheck {
  const own = new URL(issuer).origin
  return (headers) => {
    const site = headers.get('sec-fetch-site')
    const from = headers.get('origin')
    // Browsers send the first, older ones the second only.
    const isOwn = site === null ? from === null || from === own : site === 'same-origin'
    if (isOwn || (from !== null && isWebOrigin(from))) return
    throw new MapaeError('origin_not_allowed')
  }
}
