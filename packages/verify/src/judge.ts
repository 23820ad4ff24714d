import type { AccessTokenClaims } from './claims.ts'
import type { Credentials, IncomingRequest } from './credentials.ts'
import type { CheckProof } from './dpop/check-proof.ts'
import type { FreshnessDecision } from './freshness.ts'
import type { Introspect } from './issuer/introspection.ts'
import { asDpop, refuse, type Refusal } from './refusal.ts'
import { checkAgainst, type CheckedRequirements } from './requirements.ts'
import type { RevocationSet } from './revocations/revocation-set.ts'
import { createReadKid } from './token-kid.ts'

/** What a judge knows and can ask. */
export interface JudgeOptions {
  readonly revoked: RevocationSet
  readonly freshness: () => FreshnessDecision
  /** Undefined where the policy never asks. */
  readonly introspect: Introspect | undefined
  /** Undefined where no token that is bound to a key can be checked. */
  readonly checkProof: CheckProof | undefined
  readonly clock: () => number
}

/** A refusal, undefined for none; a promise where somebody must be asked or something proven. */
export type Judgement = Refusal | undefined | Promise<Refusal | undefined>

/** Decides about a request whose token is genuine. */
export type Judge = (
  request: IncomingRequest,
  credentials: Credentials,
  requirements: CheckedRequirements,
  claims: AccessTokenClaims,
) => Judgement

/** The order: revoked, freshness, possession, then what the route asks for. */
export function createJudge(options: JudgeOptions): Judge {
  const { revoked, freshness, introspect, checkProof, clock } = options
  const readKid = createReadKid()
  /** The tokens that were proven to be their bearer's, by request. */
  const proven = new WeakMap<object, string>()

  const findRevocation = (accessToken: string, claims: AccessTokenClaims): Refusal | undefined => {
    const reason = revoked.find(claims)
    if (reason !== undefined) return refuse('invalid_token', reason)
    const isWithdrawn = revoked.hasKeys && revoked.hasKey(readKid(accessToken))
    return isWithdrawn ? refuse('invalid_token', 'key_withdrawn') : undefined
  }

  const askIssuer = async (accessToken: string): Promise<Refusal | undefined> => {
    try {
      const isActive = await introspect?.(accessToken)
      return isActive === true ? undefined : refuse('invalid_token', 'inactive')
    } catch {
      return refuse('verification_unavailable', 'introspection_unavailable')
    }
  }

  const checkBinding = async (
    request: IncomingRequest,
    { scheme, accessToken }: Credentials,
    { cnf }: AccessTokenClaims,
  ): Promise<Refusal | undefined> => {
    const thumbprint = readThumbprint(cnf)
    if (thumbprint === undefined || checkProof === undefined) {
      return refuse('invalid_token', 'binding_unsupported')
    }
    if (scheme !== 'DPoP') return asDpop(refuse('invalid_token', 'proof_required'))
    const { owner } = request
    if (owner !== undefined && proven.get(owner) === accessToken) return undefined
    const refusal = await checkProof(request, accessToken, thumbprint)
    if (refusal === undefined && owner !== undefined) proven.set(owner, accessToken)
    return refusal
  }

  return (request, credentials, requirements, claims) => {
    const { scheme, accessToken } = credentials
    const revocation = findRevocation(accessToken, claims)
    if (revocation !== undefined) return revocation
    const next = freshness()
    if (next === 'refuse') return refuse('verification_unavailable', 'revocations_behind')
    const isBound = claims.cnf !== undefined
    if (!isBound && scheme === 'DPoP') return refuse('invalid_token', 'not_bound')
    if (!isBound && next === 'go on') return checkAgainst(requirements, claims, clock())

    const judgeSlowly = async (): Promise<Refusal | undefined> => {
      const inactive = next === 'introspect' ? await askIssuer(accessToken) : undefined
      if (inactive !== undefined) return inactive
      const unproven = isBound ? await checkBinding(request, credentials, claims) : undefined
      return unproven ?? checkAgainst(requirements, claims, clock())
    }
    return judgeSlowly()
  }
}

/** The one way of binding that is checked here; beside another one it would be half a check. */
function readThumbprint(cnf: unknown): string | undefined {
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return undefined
  const [first, ...others] = Object.entries(cnf)
  if (first?.[0] !== 'jkt' || others.length > 0) return undefined
  return typeof first[1] === 'string' && first[1] !== '' ? first[1] : undefined
}
