import { OptionError } from '@mapae/jwt'

import type { AccessTokenClaims } from './claims.ts'
import { refuse, type Refusal } from './refusal.ts'

/** A time in seconds, or with its unit: `30s`, `5m`, `1h`, `7d`. */
export type Duration = number | `${number}${'s' | 'm' | 'h' | 'd'}`

/** What a route asks of a token beyond being valid. */
export interface Requirements {
  /** All of them must be in the token; several in one text are separated by spaces. */
  readonly scope?: string | readonly string[] | undefined
  /** How long ago the user may have signed in. Spec: RFC 9470. */
  readonly maxAge?: Duration | undefined
  /** The authentication context, or several of which one will do. Spec: RFC 9470. */
  readonly acr?: string | readonly string[] | undefined
}

/** Requirements that were read. */
export interface CheckedRequirements {
  readonly scopes: readonly string[]
  readonly maxAgeSeconds: number | undefined
  readonly acrValues: readonly string[]
}

/** Spec: RFC 6749 §3.3, `scope-token`. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/
/** What fits into a quoted string and is separated by spaces. */
const ACR = SCOPE
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Errors ({@link OptionError}), so that a route that asks for nothing by mistake does not come up. */
export function checkRequirements(requirements: Requirements): CheckedRequirements {
  for (const name of Object.keys(requirements)) {
    if (!['scope', 'maxAge', 'acr'].includes(name)) throw new OptionError('option_unknown', name)
  }
  const { scope, maxAge, acr } = requirements
  return {
    scopes: scope === undefined ? [] : readNames(scope, 'scope', SCOPE),
    maxAgeSeconds: maxAge === undefined ? undefined : readDuration(maxAge),
    acrValues: acr === undefined ? [] : readNames(acr, 'acr', ACR),
  }
}

function readNames(value: string | readonly string[], option: string, form: RegExp) {
  const names = (typeof value === 'string' ? [value] : value).flatMap((text) =>
    typeof text === 'string' ? text.split(' ') : [''],
  )
  if (names.length === 0 || !names.every((name) => form.test(name))) {
    throw new OptionError('option_invalid', option)
  }
  return names
}

function readDuration(duration: Duration): number {
  const [, digits, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(String(duration)) ?? []
  const seconds = Number(digits) * UNIT_SECONDS[unit]!
  if (!(seconds > 0)) throw new OptionError('option_invalid', 'maxAge')
  return seconds
}

/** Check what a route asks for; undefined: all is there. Spec: RFC 6750 §3.1, RFC 9470 §3. */
export function checkAgainst(
  { scopes, maxAgeSeconds, acrValues }: CheckedRequirements,
  claims: AccessTokenClaims,
  now: number,
): Refusal | undefined {
  if (scopes.length > 0 && !hasScopes(scopes, claims.scope)) {
    return refuse('insufficient_scope', 'scope_missing', { scope: scopes.join(' ') })
  }
  const { auth_time: authTime, acr } = claims
  const isTooOld =
    maxAgeSeconds !== undefined && !(authTime !== undefined && now - authTime <= maxAgeSeconds)
  const isTooWeak = acrValues.length > 0 && !(acr !== undefined && acrValues.includes(acr))
  if (!isTooOld && !isTooWeak) return undefined
  return refuse('insufficient_user_authentication', isTooWeak ? 'acr_missing' : 'auth_too_old', {
    ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
    ...(maxAgeSeconds === undefined ? {} : { max_age: String(maxAgeSeconds) }),
  })
}

function hasScopes(scopes: readonly string[], scope: string | undefined): boolean {
  if (scope === undefined) return false
  const granted = ` ${scope} `
  return scopes.every((name) => granted.includes(` ${name} `))
}
