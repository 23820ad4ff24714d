import { MapaeError } from '../domain/errors.ts'
import type { UnixSeconds } from '../domain/time.ts'

/**
 * The cookie that carries the refresh token where scripts must not read it. A call that uses it
 * must come from the issuer's own origin.
 */
export interface RefreshCookie {
  /** The refresh token, or null when the request has no such cookie. Errors: as `checkOrigin`. */
  read(headers: Headers): string | null
  /** `Set-Cookie` for a refresh token that is valid for that long. */
  set(refreshToken: string, expiresAt: UnixSeconds, now: UnixSeconds): string
  clear(): string
  /** Errors: `origin_not_allowed`. */
  checkOrigin(headers: Headers): void
}

/** Spec: RFC 6265bis section 4.1.3 on the `__Host-` prefix, Fetch Metadata on `Sec-Fetch-Site`. */
export function createRefreshCookie(issuer: string): RefreshCookie {
  const { origin, protocol } = new URL(issuer)
  const isSecure = protocol === 'https:'
  const name = isSecure ? '__Host-mapae_rt' : 'mapae_rt'
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`

  function checkOrigin(headers: Headers): void {
    // Browsers send the first, older ones the second; programs that are no browser, neither.
    const site = headers.get('sec-fetch-site')
    const from = headers.get('origin')
    const isForeign = site === null ? from !== null && from !== origin : site !== 'same-origin'
    if (isForeign) throw new MapaeError('origin_not_allowed')
  }

  return {
    checkOrigin,
    read(headers) {
      const values = (headers.get('cookie') ?? '')
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(`${name}=`))
      if (values.length === 0) return null
      checkOrigin(headers)
      if (values.length > 1) throw new MapaeError('invalid_request', { detail: 'Two cookies.' })
      return values[0]!.slice(name.length + 1)
    },
    set: (refreshToken, expiresAt, now) =>
      `${name}=${refreshToken}; Max-Age=${expiresAt - now}; ${attributes}`,
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  }
}
