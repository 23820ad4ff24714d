import { checkClaimTypes, type Claims } from './claims.ts'
import { OptionError, TokenError } from './errors.ts'
import { normaliseTyp } from './header.ts'
import type { JsonObject, JsonValue } from './strict-json.ts'
import { systemClock } from './system-clock.ts'

/**
 * The alarming way to say that a type of token names no audience at all. Such a token is good
 * wherever its key is trusted, so use it only for tokens that the issuer alone reads; a token
 * that does carry `aud` is then refused.
 */
export const NO_AUDIENCE: unique symbol = Symbol('NO_AUDIENCE')

/**
 * The alarming way to say that a token need not say what it is: it has no `typ`, or the one that says
 * nothing, `JWT`. Only for protocols that are older than types, such as client assertions: what else
 * the key signs must then be told apart by its claims. A token that names a type is refused.
 */
export const UNTYPED: unique symbol = Symbol()

/** What a token has to say to be accepted. */
export interface PolicyOptions {
  /** The one issuer whose tokens are accepted; compared exactly. Spec: RFC 7519 §4.1.1. */
  readonly issuer: string
  /** This recipient's name, or several; one of them must be in `aud`. Spec: RFC 7519 §4.1.3. */
  readonly audience: string | readonly string[] | typeof NO_AUDIENCE
  /** The type in the header, such as `at+jwt`; without case or `application/`. Spec: RFC 8725 §3.11. */
  readonly typ: string | typeof UNTYPED
  /** Claims that must be there besides `iss`, `aud` and `exp`. */
  readonly requiredClaims?: readonly string[] | undefined
  /** Oldest token accepted, counted from `iat`, which is required then. */
  readonly maxTokenAgeSeconds?: number | undefined
  /** Difference allowed between clocks, 0 to 300. Default 0. */
  readonly clockToleranceSeconds?: number | undefined
  /** Unix time in seconds. Default: the system's. */
  readonly clock?: (() => number) | undefined
}

/** @internal */
export const policyOptionNames: readonly (keyof PolicyOptions)[] = [
  'issuer',
  'audience',
  'typ',
  'requiredClaims',
  'maxTokenAgeSeconds',
  'clockToleranceSeconds',
  'clock',
]

/** @internal Options that were checked. */
export interface Policy {
  readonly issuer: string
  readonly audiences: readonly string[] | undefined
  /** False for tokens that need not name one. */
  readonly typ: string | false
  readonly requiredClaims: readonly string[]
  readonly maxTokenAgeSeconds: number | undefined
  readonly clockToleranceSeconds: number
  readonly clock: () => number
}

/** @internal */
export function checkPolicy(options: PolicyOptions): Policy {
  const tolerance = options.clockToleranceSeconds ?? 0
  if (!Number.isFinite(tolerance) || tolerance < 0 || tolerance > 300) {
    throw new OptionError('option_invalid', 'clockToleranceSeconds')
  }
  const maxAge = options.maxTokenAgeSeconds
  if (maxAge !== undefined && !(Number.isFinite(maxAge) && maxAge > 0)) {
    throw new OptionError('option_invalid', 'maxTokenAgeSeconds')
  }
  const required = options.requiredClaims ?? []
  if (!Array.isArray(required) || !required.every(isName)) {
    throw new OptionError('option_invalid', 'requiredClaims')
  }
  const clock = options.clock ?? systemClock
  if (typeof clock !== 'function') throw new OptionError('option_invalid', 'clock')
  return {
    issuer: requireName(options.issuer, 'issuer'),
    audiences: readAudiences(options.audience),
    typ: options.typ !== UNTYPED && normaliseTyp(requireName(options.typ, 'typ')),
    requiredClaims: [...required],
    maxTokenAgeSeconds: maxAge,
    clockToleranceSeconds: tolerance,
    clock,
  }
}

/** @internal Check claims against a policy; the signature was checked before. */
export function checkClaims(policy: Policy, claims: JsonObject): Claims {
  checkClaimTypes(claims)
  if (!Object.hasOwn(claims, 'exp')) throw new TokenError('claim_missing', 'exp')
  if (!Object.hasOwn(claims, 'iss')) throw new TokenError('claim_missing', 'iss')
  if (claims['iss'] !== policy.issuer) throw new TokenError('issuer_mismatch', 'iss')
  checkAudience(policy.audiences, Object.hasOwn(claims, 'aud') ? claims['aud'] : undefined)
  for (const name of policy.requiredClaims) {
    if (!Object.hasOwn(claims, name) || claims[name] === null) {
      throw new TokenError('claim_missing', name)
    }
  }
  checkTimes(policy, claims as unknown as Claims)
  return claims as unknown as Claims
}

/** @internal */
export function checkTimes(policy: Policy, claims: Claims): void {
  const now = policy.clock()
  if (!Number.isFinite(now)) throw new OptionError('option_invalid', 'clock')
  const { exp, nbf, iat } = claims
  const tolerance = policy.clockToleranceSeconds
  if (now - tolerance >= exp) throw new TokenError('expired', 'exp')
  if (nbf !== undefined && now + tolerance < nbf) throw new TokenError('not_yet_valid', 'nbf')
  if (policy.maxTokenAgeSeconds === undefined) return
  if (iat === undefined) throw new TokenError('claim_missing', 'iat')
  if (iat > now + tolerance) throw new TokenError('issued_in_future', 'iat')
  if (now - tolerance >= iat + policy.maxTokenAgeSeconds) throw new TokenError('too_old', 'iat')
}

function checkAudience(
  accepted: readonly string[] | undefined,
  audience: JsonValue | undefined,
): void {
  if (accepted === undefined) {
    if (audience !== undefined) throw new TokenError('audience_unexpected', 'aud')
    return
  }
  if (audience === undefined) throw new TokenError('claim_missing', 'aud')
  const named =
    typeof audience === 'string'
      ? accepted.includes(audience)
      : (audience as string[]).some((name) => accepted.includes(name))
  if (!named) throw new TokenError('audience_mismatch', 'aud')
}

function readAudiences(audience: unknown): readonly string[] | undefined {
  if (audience === NO_AUDIENCE) return undefined
  if (audience === undefined || audience === null) {
    throw new OptionError('option_required', 'audience')
  }
  const list = Array.isArray(audience) ? [...(audience as unknown[])] : [audience]
  if (list.length === 0 || !list.every(isName)) throw new OptionError('option_invalid', 'audience')
  return list
}

function requireName(value: unknown, option: string): string {
  if (value === undefined || value === null) throw new OptionError('option_required', option)
  if (!isName(value)) throw new OptionError('option_invalid', option)
  return value
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0
}
