import { TokenError } from './errors.ts'
import type { JsonValue } from './strict-json.ts'

/** Claims that passed a verifier: frozen, with `exp` and `iss` there. Times are in Unix seconds. */
export interface Claims {
  readonly iss: string
  readonly exp: number
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly nbf?: number
  readonly iat?: number
  readonly jti?: string
  readonly [claim: string]: unknown
}

/** Claims to sign. `exp` is required: a token that never ends is refused everywhere. */
export interface ClaimsToSign {
  readonly exp: number
  readonly iss?: string | undefined
  readonly sub?: string | undefined
  readonly aud?: string | readonly string[] | undefined
  readonly nbf?: number | undefined
  readonly iat?: number | undefined
  readonly jti?: string | undefined
  readonly [claim: string]: unknown
}

type Unchecked = { readonly [claim: string]: JsonValue | undefined }

/**
 * Check the types of the claims that the standards define: an ill-typed claim is an error and
 * never an absent one. Spec: RFC 7519 §4.1, RFC 9068 §2.2, OpenID Connect Core §2.
 */
export function checkClaimTypes(claims: Unchecked): void {
  requireNumber(claims['exp'], 'exp')
  requireNumber(claims['iat'], 'iat')
  requireNumber(claims['nbf'], 'nbf')
  requireText(claims['iss'], 'iss')
  requireText(claims['sub'], 'sub')
  requireText(claims['jti'], 'jti')
  requireText(claims['client_id'], 'client_id')
  requireText(claims['scope'], 'scope')
  requireText(claims['sid'], 'sid')
  requireText(claims['azp'], 'azp')
  requireText(claims['nonce'], 'nonce')
  requireText(claims['acr'], 'acr')
  requireNumber(claims['auth_time'], 'auth_time')
  requireTexts(claims['amr'], 'amr')
  const audience = claims['aud']
  if (typeof audience !== 'string') requireTexts(audience, 'aud')
}

function requireNumber(value: JsonValue | undefined, name: string): void {
  if (value !== undefined && !Number.isFinite(value)) throw new TokenError('claim_invalid', name)
}

function requireText(value: JsonValue | undefined, name: string): void {
  if (value !== undefined && typeof value !== 'string') throw new TokenError('claim_invalid', name)
}

function requireTexts(value: JsonValue | undefined, name: string): void {
  if (value === undefined) return
  if (!Array.isArray(value)) throw new TokenError('claim_invalid', name)
  for (const item of value) {
    if (typeof item !== 'string') throw new TokenError('claim_invalid', name)
  }
}
