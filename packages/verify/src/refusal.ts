import type { TokenError, TokenErrorCode } from '@mapae/jwt'

import type { RevocationReason } from './revocations/revocation-set.ts'

/**
 * Every answer of this package. `error` is what the challenge says; none for those that are no fault
 * of the token. Spec: RFC 6750 §3.1, RFC 9470 §3, RFC 9449 §7.1 and §9.
 */
export const refusals = {
  authentication_required: { status: 401, title: 'Send an access token to use this.' },
  invalid_request: { status: 400, title: 'The access token was not sent as it must be.' },
  invalid_token: { status: 401, title: 'The access token is not valid.' },
  invalid_dpop_proof: { status: 401, title: 'The DPoP proof is not valid.' },
  use_dpop_nonce: { status: 401, title: 'Put this nonce into the DPoP proof.' },
  insufficient_scope: { status: 403, title: 'The access token does not allow this.' },
  insufficient_user_authentication: { status: 401, title: 'Sign in again to use this.' },
  verification_unavailable: { status: 503, title: 'Access tokens cannot be verified right now.' },
} as const satisfies Record<string, { status: number; title: string }>

export type RefusalCode = keyof typeof refusals

const ownReasons = {
  authorization_malformed: 'send one Authorization header: the scheme and the access token',
  several_tokens: 'send the access token once',
  token_in_query: 'send the access token in the Authorization header, never in the URL',
  session_ended: 'the session has ended',
  user_sessions_ended: 'the sessions of this user have ended',
  client_disabled: 'the client was disabled',
  key_withdrawn: 'the key that signed the token was withdrawn',
  inactive: 'the issuer says that the token is not active any more',
  proof_required: 'the token is bound to a key: send it as DPoP, with a proof',
  not_bound: 'the token is bound to no key: send it as Bearer',
  binding_unsupported: 'the token is bound in a way that is not supported here',
  wrong_key: 'the proof is by another key than the token is bound to',
  proof_missing: 'send one DPoP header with the proof',
  proof_claims: 'a claim of the proof is missing or has the wrong type',
  wrong_method: 'the proof is for another method',
  wrong_url: 'the proof is for another URL',
  wrong_token: 'the proof is for another access token',
  proof_expired: 'the proof is too old, or from the future',
  proof_replayed: 'the proof was used before',
  nonce_required: 'the proof needs the nonce that comes with this answer',
  scope_missing: 'the token lacks a scope',
  acr_missing: 'sign in in a stronger way',
  auth_too_old: 'the sign-in was too long ago',
  keys_unavailable: 'the keys of the issuer cannot be read',
  revocations_behind: 'what was revoked lately is not known',
  introspection_unavailable: 'the issuer does not answer',
} as const satisfies Record<string, string> & Record<RevocationReason, string>

/** The finer reason: one of this package, or why `@mapae/jwt` refused the token or the proof. */
export type RefusalReason = keyof typeof ownReasons | TokenErrorCode

/** Why a request was refused. A value and no exception: refusing is ordinary and has to be cheap. */
export interface Refusal {
  readonly code: RefusalCode
  readonly reason: RefusalReason | undefined
  /** Constant for its reason, and never shows a value: it goes into a header. */
  readonly description: string | undefined
  /** Further attributes of the challenge: `scope`, `acr_values`, `max_age`. */
  readonly attributes: Readonly<Record<string, string>>
  /** Whether the challenge is for DPoP. */
  readonly isDpop: boolean
  /** For `use_dpop_nonce`. */
  readonly nonce: string | undefined
}

export function refuse(
  code: RefusalCode,
  reason?: keyof typeof ownReasons,
  attributes: Readonly<Record<string, string>> = {},
): Refusal {
  const description = reason === undefined ? undefined : ownReasons[reason]
  return { code, reason, description, attributes, isDpop: false, nonce: undefined }
}

/** What `@mapae/jwt` refused, said in its words, which are constant and name the claim at fault. */
export function refuseFor(
  code: 'invalid_token' | 'invalid_dpop_proof',
  { code: reason, message }: TokenError,
): Refusal {
  return { code, reason, description: message, attributes: {}, isDpop: false, nonce: undefined }
}

/**
 * The same refusal, which also says what scopes another token needs: whoever goes for one knows what
 * to ask for. Spec: RFC 6750 §3.
 */
export function withScopes(refusal: Refusal, scopes: readonly string[]): Refusal {
  if (scopes.length === 0 || refusals[refusal.code].status !== 401) return refusal
  return { ...refusal, attributes: { ...refusal.attributes, scope: scopes.join(' ') } }
}

/** The same refusal to somebody who spoke DPoP. */
export function asDpop(refusal: Refusal, nonce = refusal.nonce): Refusal {
  return { ...refusal, isDpop: true, nonce }
}

/** An HTTP answer, for whatever framework sends it. */
export interface RefusalAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const retryAfterSeconds = 5

/** What every challenge of an API says. */
export interface ChallengeFacts {
  /** Empty where DPoP is not accepted. */
  readonly dpopAlgorithms: readonly string[]
  /** Where clients read of the API. Spec: RFC 9728 section 5.1. */
  readonly resourceMetadataUrl: string | undefined
}

/** Write the answer. Spec: RFC 9457; RFC 6750 §3; RFC 9449 §7.1, §8 and §9. */
export function answerTo(refusal: Refusal, facts: ChallengeFacts): RefusalAnswer {
  const { code, reason, description: detail, nonce } = refusal
  const { status, title } = refusals[code]
  const problem = { type: `urn:mapae:error:${code}`, title, status, code, reason, detail }
  return {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...(status === 503
        ? { 'Retry-After': String(retryAfterSeconds) }
        : { 'WWW-Authenticate': challenges(refusal, facts) }),
      ...(nonce === undefined ? {} : { 'DPoP-Nonce': nonce }),
    },
    body: JSON.stringify(problem),
  }
}

function challenges(
  { code, description, attributes, isDpop }: Refusal,
  { dpopAlgorithms, resourceMetadataUrl }: ChallengeFacts,
): string {
  const everywhere = { resource_metadata: resourceMetadataUrl }
  const ofDpop = { algs: dpopAlgorithms.join(' '), ...everywhere }
  if (code === 'authentication_required') {
    // No error and no description: nothing was presented that could be wrong.
    const bearer = challenge('Bearer', { ...attributes, ...everywhere })
    const dpop = challenge('DPoP', { ...attributes, ...ofDpop })
    return dpopAlgorithms.length === 0 ? bearer : `${bearer}, ${dpop}`
  }
  const told = { error: code, error_description: description, ...attributes }
  return isDpop
    ? challenge('DPoP', { ...told, ...ofDpop })
    : challenge('Bearer', { ...told, ...everywhere })
}

function challenge(scheme: string, attributes: Record<string, string | undefined>): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${value}"`)
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}
