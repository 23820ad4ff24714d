import type { RequestedClaims } from '../domain/authorization-request.ts'
import type { User } from '../domain/user.ts'
import { claimsOfScope } from './scopes.ts'

/** Every claim about a user that there is, and where it comes from; undefined: there is none. */
const userClaims: Readonly<Record<string, (user: User) => unknown>> = {
  preferred_username: ({ username }) => username,
  updated_at: ({ createdAt }) => createdAt,
  email: ({ email }) => email ?? undefined,
  // Nobody has looked whether the address is theirs.
  email_verified: ({ email }) => (email === null ? undefined : false),
}

/** Names of all claims about users, for the discovery document. */
export const userClaimNames: readonly string[] = Object.keys(userClaims)

/**
 * Claims about a user: those that the scopes open and those that are asked for by name.
 * Spec: OpenID Connect Core sections 5.4 and 5.5.
 */
export function claimsAbout(
  user: User,
  scopes: readonly string[],
  asked: RequestedClaims['userinfo'],
): Readonly<Record<string, unknown>> {
  const names = [
    ...scopes.flatMap((scope) => claimsOfScope[scope] ?? []),
    ...Object.keys(asked ?? {}),
  ]
  const claims = names.flatMap((name) => {
    const value = Object.hasOwn(userClaims, name) ? userClaims[name]!(user) : undefined
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(claims)
}
