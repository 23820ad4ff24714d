import type { UnixSeconds } from '../domain/time.ts'
import { readCookie } from './cookie.ts'
import type { OriginCheck } from './origin-check.ts'

/**
 * The cookie that carries the refresh token where scripts must not read it. A call that uses it
 * must come from a page that may make it.
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

/** Spec: RFC 6265bis section 4.1.3 on the `__Host-` prefix. */
export function createRefreshCookie(issuer: string, checkOrigin: OriginCheck): RefreshCookie {
  const isSecure = issuer.startsWith('https:')
  const name = isSecure ? '__Host-mapae_rt' : 'mapae_rt'
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`

  return {
    checkOrigin,
    read(headers) {
      const refreshToken = readCookie(headers, name)
      if (refreshToken !== null) checkOrigin(headers)
      return refreshToken
    },
    set: (refreshToken, expiresAt, now) =>
      `${name}=${refreshToken}; Max-Age=${expiresAt - now}; ${attributes}`,
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  }
}
