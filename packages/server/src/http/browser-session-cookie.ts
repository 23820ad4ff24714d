import type { UnixSeconds } from '../domain/time.ts'
import { readCookie } from './cookie.ts'

/** The cookie by which the hosted pages know a browser. */
export interface BrowserSessionCookie {
  /** The secret, or null when the request has no such cookie. Errors: as `readCookie`. */
  read(headers: Headers): string | null
  /** `Set-Cookie` for a session that lasts no longer than that. */
  set(secret: string, expiresAt: UnixSeconds, now: UnixSeconds): string
  clear(): string
}

/**
 * Lax and not Strict: an application sends its user here by a link, and must find them signed in.
 * What changes something is a form, and forms have a token of their own.
 * Spec: RFC 6265bis section 4.1.3 on the `__Host-` prefix.
 */
export function createBrowserSessionCookie(issuer: string): BrowserSessionCookie {
  const isSecure = issuer.startsWith('https:')
  const name = isSecure ? '__Host-mapae_bs' : 'mapae_bs'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  return {
    read: (headers) => readCookie(headers, name),
    set: (secret, expiresAt, now) => `${name}=${secret}; Max-Age=${expiresAt - now}; ${attributes}`,
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  }
}
