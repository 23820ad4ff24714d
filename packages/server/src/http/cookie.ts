import { MapaeError } from '../domain/errors.ts'

/**
 * The value of a cookie, or null when the request does not have it.
 * Errors: `invalid_request` when it comes twice: one of them was planted from elsewhere.
 */
export function readCookie(headers: Headers, name: string): string | null {
  const values = (headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  if (values.length > 1) throw new MapaeError('invalid_request', { detail: 'Two cookies.' })
  return values[0]?.slice(name.length + 1) ?? null
}
