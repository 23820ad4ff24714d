import { createHash } from 'node:crypto'

import type { Client } from '../domain/client.ts'
import type { UnixSeconds } from '../domain/time.ts'
import { readCookie } from './cookie.ts'
import { createOriginCheck, type OriginCheck } from './origin-check.ts'

const HASH_CHARACTERS = 22

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
export function createRefreshCookie(
  issuer: string,
  checkOrigin: OriginCheck,
  suffix = '',
): RefreshCookie {
  const isSecure = issuer.startsWith('https:')
  const name = `${isSecure ? '__Host-' : ''}mapae_rt${suffix}`
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

export interface ClientRefreshCookies {
  /** The cookie of a client; null when its refresh tokens travel in bodies. */
  (client: Client): RefreshCookie | null
}

/**
 * Each client has a cookie of its own, so that several at one issuer do not overwrite each other's,
 * and only its own web origins may use it: those of another client get nowhere.
 */
export function createClientRefreshCookies(issuer: string): ClientRefreshCookies {
  return ({ id, transport, webOrigins }) => {
    if (transport !== 'cookie') return null
    const checkOrigin = createOriginCheck(issuer, (origin) => webOrigins.includes(origin))
    // Identifiers may be as long as they like and have any character; 128 bits tell them apart.
    const hash = createHash('sha256').update(id).digest('base64url').slice(0, HASH_CHARACTERS)
    return createRefreshCookie(issuer, checkOrigin, `_${hash}`)
  }
}
