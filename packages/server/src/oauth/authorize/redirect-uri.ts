/** A loopback address as a native app writes it, apart from its port. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::\d{1,5})?(\/[^#]*)?$/

/**
 * Whether a redirect URI is one of those registered, character by character. On a loopback address
 * any port matches: a native app gets the one that is free.
 * Spec: RFC 9700 section 4.1.3, RFC 8252 section 7.3.
 */
export function isRegisteredRedirectUri(registered: readonly string[], uri: string): boolean {
  if (registered.includes(uri)) return true
  const presented = withoutPort(uri)
  return presented !== null && registered.some((one) => withoutPort(one) === presented)
}

function withoutPort(uri: string): string | null {
  const parts = URL.canParse(uri) ? LOOPBACK.exec(uri) : null
  return parts === null ? null : `${parts[1]}${parts[2] ?? ''}`
}
