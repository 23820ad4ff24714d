/** In every access token, which has a budget. */
const MOST_ID_CHARACTERS = 128

/**
 * Whether an identifier is the address of a document: written in the one way that all programs
 * read alike. Spec: draft-ietf-oauth-client-id-metadata-document section 3.
 */
export function isDocumentAddress(id: string): boolean {
  if (!/^https?:\/\//.test(id) || id.length > MOST_ID_CHARACTERS) return false
  const url = URL.parse(id)
  // A dot segment, an upper case host, a default port and a tab are all written otherwise there.
  if (url === null || url.href !== id || url.pathname === '/') return false
  return url.username === '' && url.password === '' && !id.includes('#')
}

/** The host that stands for such a client; null for clients that somebody registered. */
export function hostOfClient(id: string): string | null {
  return isDocumentAddress(id) ? new URL(id).host : null
}
