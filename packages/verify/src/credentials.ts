import { refuse, type Refusal } from './refusal.ts'

/** A request, as far as is looked at here. Every framework has a way to say it. */
export interface IncomingRequest {
  /** The object that stands for it in all its guards: a proof is used up by the first of them. */
  readonly owner?: object | undefined
  readonly method: string
  /** Path and query, with or without an origin; the origin is not believed. */
  readonly url: string
  /** Several headers of one name come joined by commas, and are refused. */
  readonly authorization: string | undefined
  readonly dpop: string | undefined
}

export interface Credentials {
  readonly scheme: 'Bearer' | 'DPoP'
  readonly accessToken: string
}

/** Spec: RFC 6750 §2.1, `b64token`; RFC 9449 §7.1. Schemes compare without case. */
const CREDENTIALS = /^(bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)$/i
const SCHEME = /^(?:bearer|dpop)(?: |$)/i

/**
 * Find the access token of a request. Returns a refusal where there is none or more than one:
 * `authentication_required`, `invalid_request`. Spec: RFC 6750 §2 and §3.1.
 */
export function readCredentials({ authorization, url }: IncomingRequest): Credentials | Refusal {
  const isInQuery = hasTokenInQuery(url)
  if (authorization === undefined || !SCHEME.test(authorization)) {
    if (isInQuery) return refuse('invalid_request', 'token_in_query')
    // Two headers, the first of another scheme: the second must not be passed over silently.
    if (authorization !== undefined && /,\s*(?:bearer|dpop) /i.test(authorization)) {
      return refuse('invalid_request', 'authorization_malformed')
    }
    return refuse('authentication_required')
  }
  if (isInQuery) return refuse('invalid_request', 'several_tokens')
  const [, scheme, accessToken] = CREDENTIALS.exec(authorization) ?? []
  if (scheme === undefined || accessToken === undefined) {
    return refuse('invalid_request', 'authorization_malformed')
  }
  return { scheme: scheme.length === 4 ? 'DPoP' : 'Bearer', accessToken }
}

/** Tokens in URLs end up in logs and histories. Spec: RFC 6750 §2.3, RFC 9700 §4.3.2. */
function hasTokenInQuery(url: string): boolean {
  const start = url.indexOf('?')
  if (start === -1) return false
  // The name may hide behind escapes.
  if (!url.includes('access_token', start) && !url.includes('%', start)) return false
  return new URLSearchParams(url.slice(start + 1)).has('access_token')
}
