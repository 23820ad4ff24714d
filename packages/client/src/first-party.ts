import { MapaeError } from './error.ts'
import { asError, send, tokensOf, type Answer } from './issuer.ts'
import type { Saved, SavedTokens, User } from './saved.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** For first-party apps: the user types the password into the app itself. */
export interface PasswordSignIn {
  readonly username: string
  readonly password: string
  /** What an API asked for that refused a token with `insufficient_user_authentication`: RFC 9470. */
  readonly acr_values?: string
  /** Likewise. Seconds. */
  readonly max_age?: number
}

export interface SignOutOptions {
  /** On all devices of the user. Only a first-party app can ask for that. */
  readonly everywhere?: boolean
  /**
   * After a sign-in by redirect: signs out of the server too, so that the next sign-in asks for the
   * password, and sends the browser here. One of the client's post-logout redirect URIs.
   */
  readonly redirectTo?: string
}

/** The calls of the first-party API: JSON in, JSON out. */
export function createFirstParty(base: string, store: Store, world: World) {
  const { transport } = store

  function post(path: string, body?: object, headers?: Record<string, string>): Promise<Answer> {
    const init = {
      method: 'POST',
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
    }
    return send(world, base + path, init, store, path === '/v1/login')
  }

  return {
    async signIn(how: PasswordSignIn): Promise<SavedTokens> {
      return tokensOf(world, await post('/v1/login', { ...how, transport }))
    },

    async exchange({ refreshToken, attemptKey = '' }: Saved): Promise<SavedTokens> {
      if (transport === 'body') {
        const key = { 'idempotency-key': attemptKey }
        return tokensOf(world, await post('/v1/refresh', { refresh_token: refreshToken }, key))
      }
      // No key: nobody knows which token the cookie holds.
      const answer = await post('/v1/refresh')
      // The browser dropped the cookie when it expired, and the server saw none.
      if (answer.json['code'] === 'invalid_request') throw new MapaeError('invalid_grant')
      return tokensOf(world, answer)
    },

    async signOut(saved: Saved | null, { everywhere }: SignOutOptions): Promise<void> {
      // The cookie may still be there when the last attempt could not reach the server.
      if (!saved && transport === 'body') return
      const answer = await post('/v1/logout', { everywhere, refresh_token: saved?.refreshToken })
      if (saved ? answer.status !== 204 : answer.status >= 500) throw asError(answer)
    },

    async loadUser({ accessToken }: Saved): Promise<User | undefined> {
      const init = { headers: { authorization: `Bearer ${accessToken}` } }
      const { status, json } = await send(world, `${base}/v1/me`, init, store)
      return status === 200 ? (json as unknown as User) : undefined
    },
  }
}
