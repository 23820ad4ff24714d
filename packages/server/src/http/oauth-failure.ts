import { errorTable, type ErrorCode, type MapaeError } from '../domain/errors.ts'
import { problemAnswer } from './problem.ts'
import type { Answer } from './route.ts'

/** Codes that OAuth knows by another name; those it does not know go by their own. */
const oauthNames: Partial<Record<ErrorCode, string>> = {
  invalid_json: 'invalid_request',
  unsupported_media_type: 'invalid_request',
  body_too_large: 'invalid_request',
  too_many_attempts: 'temporarily_unavailable',
  token_too_large: 'invalid_scope',
  internal_error: 'server_error',
  server_busy: 'temporarily_unavailable',
  server_stopping: 'temporarily_unavailable',
  storage_unavailable: 'temporarily_unavailable',
}

function oauthNameOf(code: ErrorCode): string {
  return oauthNames[code] ?? code
}

/**
 * How OAuth endpoints tell errors. A client that did not try the `Authorization` header is told by
 * 400: a 401 has to challenge, and browsers ask their users for a password then.
 * Spec: RFC 6749 section 5.2, RFC 9110 section 15.5.2.
 */
export function oauthFailure(error: MapaeError): Answer {
  const { code, details } = error
  const { status, headers } = problemAnswer(error)
  const isUnchallenged = code === 'invalid_client' && details.challenge === undefined
  return {
    status: isUnchallenged ? 400 : status,
    json: {
      error: oauthNameOf(code),
      error_description: details.detail ?? titleOf(code),
    },
    headers: { ...headers, 'Content-Type': 'application/json' },
  }
}

const proofErrors: ReadonlySet<ErrorCode> = new Set(['invalid_dpop_proof', 'use_dpop_nonce'])

/**
 * The same where a proof comes with no access token: then it is no authentication that is missing,
 * and nothing to challenge for. Spec: RFC 9449 sections 5 and 8.
 */
export function oauthGrantFailure(error: MapaeError): Answer {
  const answer = oauthFailure(error)
  if (!proofErrors.has(error.code)) return answer
  const { 'WWW-Authenticate': _, ...headers } = answer.headers ?? {}
  return { ...answer, status: 400, headers }
}

/** The table speaks of first-party refresh tokens; here a grant may be anything. */
function titleOf(code: ErrorCode): string {
  return code === 'invalid_grant' ? 'The grant is not valid any more.' : errorTable[code].title
}
