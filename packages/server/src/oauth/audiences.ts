import type { Client } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'

/** Audiences as one text, as a session stores them. */
export function audienceText(audiences: readonly string[]): string {
  const [first = ''] = audiences
  return audiences.length === 1 && !first.startsWith('[') ? first : JSON.stringify(audiences)
}

/** The inverse of `audienceText`. */
export function audiencesOf(text: string): readonly string[] {
  return text.startsWith('[') ? (JSON.parse(text) as string[]) : [text]
}

/** The audiences that a client may ask for; the first is meant when it asks for none. */
export function audiencesFor(client: Client, defaultAudience: string): readonly string[] {
  return client.audiences.length === 0 ? [defaultAudience] : client.audiences
}

/**
 * The audiences that are asked for, all of them among `allowed`; `otherwise` when none is.
 * Errors: `invalid_target`. Spec: RFC 8707 section 2.
 */
export function chooseAudiences(
  asked: readonly string[],
  allowed: readonly string[],
  otherwise: readonly string[],
): readonly string[] {
  if (asked.length === 0) return otherwise
  const chosen = [...new Set(asked)]
  if (chosen.every((one) => allowed.includes(one))) return chosen
  throw new MapaeError('invalid_target')
}
