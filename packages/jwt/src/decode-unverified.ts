import { TokenError } from './errors.ts'
import { checkHeaderTypes, type Header } from './header.ts'
import { decodeBase64url } from './base64url.ts'
import type { JsonObject } from './strict-json.ts'
import { checkMaxTokenLength, findSecondDot, parsePart } from './token-parts.ts'

/** The parts of a token that nobody vouches for. */
export interface UnverifiedToken {
  readonly header: Header
  readonly claims: Readonly<JsonObject>
  readonly signature: Uint8Array
}

/**
 * Take a token apart WITHOUT VERIFYING it: for inspection and logs, never for a decision.
 * As strict as a verifier about form, silent about truth, and open to headers that verifiers refuse.
 *
 * Spec: RFC 7515 §7.1. Errors ({@link TokenError}): those of form, header and JSON.
 */
export function decodeUnverified(
  token: string,
  options?: { readonly maxTokenLength?: number | undefined },
): UnverifiedToken {
  if (typeof token !== 'string') throw new TokenError('token_malformed')
  if (token.length > checkMaxTokenLength(options?.maxTokenLength)) {
    throw new TokenError('token_too_long')
  }
  const firstDot = token.indexOf('.')
  const secondDot = findSecondDot(token, firstDot)
  const header = checkHeaderTypes(parsePart(token.slice(0, firstDot), true))
  const claims = parsePart(token.slice(firstDot + 1, secondDot), true)
  const signature = decodeBase64url(token.slice(secondDot + 1))
  if (signature === undefined) throw new TokenError('encoding_invalid')
  return { header, claims, signature }
}
