/** What a client may ask for that no operator made known; what an operator gives is not its to take. */
export const registrableScopes: readonly string[] = ['openid', 'profile', 'email', 'offline_access']

export function onlyRegistrable(scopes: readonly string[]): readonly string[] {
  return scopes.filter((scope) => registrableScopes.includes(scope))
}
