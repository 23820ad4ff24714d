import type { Claims } from '@mapae/jwt'

/**
 * Claims of an access token that was accepted: frozen, their types checked. Times are Unix seconds.
 * Spec: RFC 9068 §2.2, RFC 9470 §6.2, RFC 7800.
 */
export interface AccessTokenClaims extends Claims {
  readonly aud: string | readonly string[]
  readonly sub: string
  readonly client_id: string
  readonly iat: number
  readonly jti: string
  /** Session, where the issuer has sessions. */
  readonly sid?: string
  /** Separated by spaces. */
  readonly scope?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  /** The key that the bearer has to prove to hold. */
  readonly cnf?: { readonly jkt?: string; readonly [method: string]: unknown }
}

/** Claims that every access token has. Spec: RFC 9068 §2.2. */
export const REQUIRED_CLAIMS = ['sub', 'client_id', 'iat', 'jti'] as const
