import type { Client } from '../domain/client.ts'
import { MapaeError } from '../domain/errors.ts'

/** Of an audience: as it is registered, and as a program writes it that parsed it. */
const MOST_SPELLINGS = 2

/** Audiences as one text, as a session stores them. */
export function audienceText(audiences: readonly string[]): string {
  const [first = ''] = audiences
  return audiences.length === 1 && !first.startsWith('[') ? first : JSON.stringify(audiences)
}

/** The inverse of `audienceText`. */
export function audiencesOf(text: string): readonly string[] {
  return text.startsWith('[') ? (JSON.parse(text) as string[]) : [text]
}

/** The audiences that an operator lets a client ask for; the first is meant when it asks for none. */
export function audiencesFor(client: Client, defaultAudience: string): readonly string[] {
  return client.audiences.length === 0 ? [defaultAudience] : client.audiences
}

/**
 * The audiences that are asked for, all of them among `allowed` and spelt as there; `otherwise` when
 * none is. Errors: `invalid_target`. Spec: RFC 8707 section 2.
 */
export function chooseAudiences(
  asked: readonly string[],
  allowed: readonly string[],
  otherwise: readonly string[],
): readonly string[] {
  if (asked.length === 0) return otherwise
  const distinct = [...new Set(asked)]
  // Each is compared with each, and anybody may ask for thousands.
  if (distinct.length > allowed.length * MOST_SPELLINGS) throw new MapaeError('invalid_target')
  const chosen = distinct.map((one) => allowed.find((audience) => isSame(audience, one)))
  const known = chosen.filter((audience) => audience !== undefined)
  if (known.length === distinct.length) return [...new Set(known)]
  throw new MapaeError('invalid_target')
}

/**
 * Programs that write down a URL which they parsed add the slash that a host without a path stands
 * for. Spec: RFC 3986 section 6.2.3.
 */
function isSame(audience: string, asked: string): boolean {
  return audience === asked || URL.parse(audience)?.href === (URL.parse(asked)?.href ?? null)
}
