import { errorTable, MapaeError } from '../domain/errors.ts'
import type { Answer } from './route.ts'

/** Turns an error into its public answer. Spec: RFC 9457, RFC 6750 section 3. */
export function problemAnswer(error: MapaeError): Answer {
  const { status, title } = errorTable[error.code]
  const { detail, members, retryAfterSeconds, dpopNonce, allow } = error.details
  return {
    status,
    json: {
      type: `urn:mapae:error:${error.code}`,
      title,
      status,
      code: error.code,
      ...(detail === undefined ? {} : { detail }),
      ...members,
    },
    headers: {
      'Content-Type': 'application/problem+json',
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
      ...(dpopNonce === undefined ? {} : { 'DPoP-Nonce': dpopNonce }),
      ...(allow === undefined ? {} : { Allow: allow }),
      ...(error.details.challenge === undefined
        ? {}
        : { 'WWW-Authenticate': error.details.challenge }),
    },
  }
}

/** What is not in the error table is a fault of this program: logged, and not explained outside. */
export function asMapaeError(error: unknown): MapaeError {
  return error instanceof MapaeError ? error : new MapaeError('internal_error', { cause: error })
}
