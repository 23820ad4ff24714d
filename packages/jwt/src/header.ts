import { TokenError } from './errors.ts'
import type { JsonObject } from './strict-json.ts'

/** The header parameters this library reads. Spec: RFC 7515 §4.1. */
export interface Header {
  readonly alg: string
  readonly typ?: string
  readonly kid?: string
  readonly [parameter: string]: unknown
}

/** A key, or where to get one, that comes with the token it is to verify; and unencoded payloads. */
const refused = ['jwk', 'jku', 'x5u', 'x5c', 'b64', 'enc', 'zip'] as const
const texts = ['typ', 'cty', 'kid', 'x5t', 'x5t#S256'] as const

/** Check the types of a header, whatever it says. Spec: RFC 7515 §4.1. */
export function checkHeaderTypes(header: JsonObject): Header {
  if (!Object.hasOwn(header, 'alg') || typeof header['alg'] !== 'string') {
    throw new TokenError('header_invalid', 'alg')
  }
  for (const name of texts) {
    if (Object.hasOwn(header, name) && typeof header[name] !== 'string') {
      throw new TokenError('header_invalid', name)
    }
  }
  return header as unknown as Header
}

/**
 * Check a header that something depends on.
 * Spec: RFC 7515 §4.1.11, RFC 8725 §3.10 (no header-supplied keys), RFC 7797 (never `b64`).
 */
export function checkHeader(header: JsonObject): Header {
  const typed = checkHeaderTypes(header)
  if (Object.hasOwn(header, 'crit')) throw new TokenError('crit_unsupported', 'crit')
  for (const name of refused) {
    if (Object.hasOwn(header, name)) throw new TokenError('header_refused', name)
  }
  return typed
}

/** Media types compare without case, and `application/` may be left out. Spec: RFC 7515 §4.1.9. */
export function normaliseTyp(typ: string): string {
  const lower = typ.toLowerCase()
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower
}
