import type { Saved } from './saved.ts'
import type { StoreFactory } from './store.ts'
import { createVault } from './vault.ts'

/** One cookie of the request that is being answered, which scripts of the page cannot read. */
export interface ServerCookie {
  get(): string | undefined
  /**
   * Absent where the answer's headers have been sent or cannot be changed, as in a server component:
   * there a token is used as long as it is valid, and none is renewed. An empty value deletes it.
   */
  set?(value: string): void
}

/**
 * The tokens live in a cookie of the app's own server. Make a client for each request. Set the
 * cookie HttpOnly, Secure and SameSite.
 */
export function server(ofRequest: ServerCookie): StoreFactory {
  return () => ({
    ...createVault({
      read: async () => decode(ofRequest.get()),
      write: async (text) => ofRequest.set?.(text ? encodeURIComponent(text) : ''),
    }),
    canRefresh: ofRequest.set !== undefined,
  })
}

function decode(value: string | undefined): string | null {
  if (!value) return null
  try {
    const text = decodeURIComponent(value)
    const { id } = JSON.parse(text) as Saved
    return id ? text : null
  } catch {
    // Whoever changed it is signed out.
    return null
  }
}
