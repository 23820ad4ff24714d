import type { Client } from '../domain/client.ts'
import type { ClientRegistry } from './client-registry.ts'

/** Scopes that this server itself gives a meaning, and the claims that they open. */
export const claimsOfScope: Readonly<Record<string, readonly string[]>> = {
  openid: ['sub'],
  profile: ['preferred_username', 'updated_at'],
  email: ['email', 'email_verified'],
}

/** All scopes that mean something to this server, and are no API's. */
export const signInScopes: readonly string[] = [...Object.keys(claimsOfScope), 'offline_access']

/**
 * What a client that no operator knows may have of the scopes that it says it wants. Those of an API
 * are not looked at: which of them are open is decided when a user is asked.
 */
export function onlySignInScopes(scopes: readonly string[]): readonly string[] {
  return scopes.filter((scope) => signInScopes.includes(scope))
}

/** Those of all APIs that strangers may ask for now. */
export function openScopesOf(clients: Pick<ClientRegistry, 'resourceServers'>): readonly string[] {
  const open = [...clients.resourceServers().values()].flatMap(({ openScopes }) => openScopes)
  return [...new Set(open.map(({ scope }) => scope))]
}

/** Asked for by name only: they change what kind of answer it is. */
const NEVER_MEANT: ReadonlySet<string> = new Set(['openid', 'offline_access'])

/** Whether the client may ask for a single claim: its scopes are what the operator lets it see. */
export function mayHaveClaim({ scopes }: Client, claim: string): boolean {
  return scopes.some((scope) => claimsOfScope[scope]?.includes(claim) === true)
}

/** What is meant where nobody names a scope. */
export function scopesMeant(scopes: readonly string[]): readonly string[] {
  return scopes.filter((scope) => !NEVER_MEANT.has(scope))
}

/** What access tokens and answers say; null when there is nothing to say. */
export function scopeText(scopes: readonly string[]): string | null {
  return scopes.length === 0 ? null : scopes.join(' ')
}
