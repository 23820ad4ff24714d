import { createCodeFlow, type RedirectSignIn } from './code-flow.ts'
import type { MapaeError } from './error.ts'
import type { SignOutOptions } from './first-party.ts'
import type { Answer, asError, send, tokensOf } from './issuer.ts'
import type { Saved, SavedTokens, User } from './saved.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

export interface OAuthOptions {
  readonly base: string
  readonly clientId: string
  readonly waitingName: string
  readonly store: Store
  readonly world: World
  /** Handed over, so that a bundler need not put them into a third file. */
  readonly calls: {
    readonly send: typeof send
    readonly tokensOf: typeof tokensOf
    readonly asError: typeof asError
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** The browser dropped the cookie when it expired, or there never was a refresh token. */
const hasNoToken = ({ json }: Answer): boolean => json['error'] === 'invalid_request'

/** The calls of a registered client. Loaded when they are needed. */
export function createOAuth({ base, clientId, waitingName, store, world, calls }: OAuthOptions) {
  const { send, tokensOf, asError } = calls
  const isCookie = store.transport === 'cookie'

  const failed = (error: string | null, error_description?: string | null): MapaeError =>
    asError({ status: 400, json: { error, error_description } })

  function post(
    path: string,
    form: Readonly<Record<string, string>>,
    attemptKey?: string,
  ): Promise<Answer> {
    const body = new URLSearchParams({ client_id: clientId, ...form }).toString()
    const headers = attemptKey ? { ...FORM, 'idempotency-key': attemptKey } : FORM
    const init = { method: 'POST', body, headers }
    return send(world, `${base}/oauth/${path}`, init, store, 'code' in form)
  }

  const flow = createCodeFlow({ base, clientId, waitingName, world, post, failed })

  async function tokens(answer: Answer): Promise<SavedTokens> {
    const { id_token: idToken, refresh_token: token } = answer.json
    if (isCookie && typeof token === 'string') {
      // In memory it would be gone with the page.
      await post('revoke', { token })
      throw failed('cookie_transport_required', 'The client must have --transport cookie.')
    }
    const hint = typeof idToken === 'string' ? { idToken } : {}
    return { ...tokensOf(world, answer), ...hint, oauth: true }
  }

  return {
    async signIn(options: RedirectSignIn): Promise<SavedTokens> {
      return tokens(await flow.start(options))
    },

    async finish(): Promise<SavedTokens | null> {
      const answer = await flow.finish()
      return answer && tokens(answer)
    },

    async exchange({ refreshToken = '', attemptKey }: Saved): Promise<SavedTokens> {
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
      // No key with the cookie: nobody knows which token it holds.
      const answer = await post('token', form, refreshToken && attemptKey)
      if (hasNoToken(answer)) throw failed('invalid_grant')
      return tokens(answer)
    },

    async signOut(saved: Saved | null, { redirectTo }: SignOutOptions): Promise<void> {
      // The cookie may still be there when the last attempt could not reach the server.
      const { refreshToken = '', idToken }: Partial<Saved> = saved ?? {}
      const answer = await post('revoke', { token: refreshToken })
      if (redirectTo) world.page?.go(logoutUrl(base, clientId, redirectTo, idToken))
      if (answer.status !== 200 && !hasNoToken(answer)) throw asError(answer)
    },

    async loadUser({ accessToken }: Saved): Promise<User | undefined> {
      const init = { headers: { authorization: `Bearer ${accessToken}` } }
      const { status, json } = await send(world, `${base}/oauth/userinfo`, init, store)
      return status === 200
        ? { ...json, id: json['sub'] as string, username: json['preferred_username'] as string }
        : undefined
    },
  }
}

/** Spec: OpenID Connect RP-Initiated Logout section 2. */
function logoutUrl(base: string, clientId: string, redirectTo: string, idToken?: string): string {
  const hint = idToken ? { id_token_hint: idToken } : {}
  const form = { client_id: clientId, post_logout_redirect_uri: redirectTo, ...hint }
  return `${base}/oauth/logout?${new URLSearchParams(form).toString()}`
}
