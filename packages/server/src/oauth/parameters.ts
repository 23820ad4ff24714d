import { MapaeError } from '../domain/errors.ts'

/** A form or a query as it came: what came more than once is a list. */
export type Parameters = Readonly<Record<string, string | readonly string[]>>

/**
 * The value of a parameter that may come once; null when it did not come.
 * Errors: `invalid_request` when it came more than once. Spec: RFC 6749 section 3.1.
 */
export function single(parameters: Parameters, name: string): string | null {
  const value = Object.hasOwn(parameters, name) ? parameters[name]! : null
  if (value === null || typeof value === 'string') return value
  throw new MapaeError('invalid_request', { detail: `${name} came more than once.` })
}

/** Errors: `invalid_request` when it is not there, or came more than once. */
export function required(parameters: Parameters, name: string): string {
  const value = single(parameters, name)
  if (value !== null) return value
  throw new MapaeError('invalid_request', { detail: `${name} is required.` })
}

/** The values of a parameter that may come more than once. */
export function several(parameters: Parameters, name: string): readonly string[] {
  const value = Object.hasOwn(parameters, name) ? parameters[name]! : []
  return typeof value === 'string' ? [value] : value
}

/** The words of a list that is separated by spaces, each once. */
export function words(text: string | null): readonly string[] {
  return [...new Set((text ?? '').split(' ').filter((word) => word !== ''))]
}
