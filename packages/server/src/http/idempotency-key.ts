import { MapaeError } from '../domain/errors.ts'

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

/** The name of an attempt, which its retries share; null without one. Errors: `invalid_request`. */
export function readIdempotencyKey(headers: Headers): string | null {
  const key = headers.get('idempotency-key')
  if (key === null || IDEMPOTENCY_KEY.test(key)) return key
  throw new MapaeError('invalid_request', {
    detail: 'Idempotency-Key must be 1 to 255 visible ASCII characters.',
  })
}
