import type { Client } from '../domain/client.ts'
import { words } from './parameters.ts'

/** Scopes that this server itself gives a meaning, and the claims that they open. */
export const claimsOfScope: Readonly<Record<string, readonly string[]>> = {
  openid: ['sub'],
  profile: ['preferred_username', 'updated_at'],
  email: ['email', 'email_verified'],
}

/** Whether the client may ask for a single claim: its scopes are what the operator lets it see. */
export function mayHaveClaim({ scopes }: Client, claim: string): boolean {
  return scopes.some((scope) => claimsOfScope[scope]?.includes(claim) === true)
}

/** Asked for by name only: they change what kind of answer it is. */
const NEVER_MEANT: ReadonlySet<string> = new Set(['openid', 'offline_access'])

/**
 * What a user may be asked to grant: of the scopes that the client asks for those that it may have.
 * The rest is left out, and the answer says so. Without a wish all that it may have are meant.
 * Spec: RFC 6749 section 3.3, OpenID Connect Core section 3.1.2.1.
 */
export function grantableScopes(client: Client, asked: string | null): readonly string[] {
  if (asked === null) return client.scopes.filter((scope) => !NEVER_MEANT.has(scope))
  return words(asked).filter((scope) => client.scopes.includes(scope))
}

/** What access tokens and answers say; null when there is nothing to say. */
export function scopeText(scopes: readonly string[]): string | null {
  return scopes.length === 0 ? null : scopes.join(' ')
}
