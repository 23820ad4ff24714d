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

/** The calls of a registered client. Loaded when they are needed. */
export function createOAuth({ base, clientId, waitingName, store, world, calls }: OAuthOptions) {
  const { send, tokensOf, asError } = calls

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
  function tokens(answer: Answer): SavedTokens {
    const idToken = answer.json['id_token']
    const hint = typeof idToken === 'string' ? { idToken } : {}
    return { ...tokensOf(world, answer), ...hint, oauth: true }
  }

  return {
    async signIn(options: RedirectSignIn): Promise<SavedTokens> {
      // The token endpoint sets no cookie, and a refresh token in memory is gone with the page.
      if (store.transport === 'cookie') throw failed('redirect_needs_store')
      return tokens(await flow.start(options))
    },

    async finish(): Promise<SavedTokens | null> {
      const answer = await flow.finish()
      return answer && tokens(answer)
    },

    async exchange({ refreshToken = '', attemptKey }: Saved): Promise<SavedTokens> {
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
      return tokens(await post('token', form, attemptKey))
    },

    async signOut(saved: Saved, { redirectTo }: SignOutOptions): Promise<void> {
      const { refreshToken = '', idToken } = saved
      const answer = await post('revoke', { token: refreshToken })
      // Spec: OpenID Connect RP-Initiated Logout section 2.
      if (redirectTo) {
        const hint = idToken ? { id_token_hint: idToken } : {}
        const query = new URLSearchParams({
          client_id: clientId,
          post_logout_redirect_uri: redirectTo,
          ...hint,
        })
        world.page?.go(`${base}/oauth/logout?${query.toString()}`)
      }
      if (answer.status !== 200) throw asError(answer)
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
