import { sha256 } from './base64url.ts'
import type { MapaeError } from './error.ts'
import type { Answer } from './issuer.ts'
import type { World } from './world.ts'

export interface RedirectSignIn {
  /** Where the server sends the browser back to; this page when it is left out. */
  readonly redirectUri?: string
  /** `openid profile email` when it is left out. */
  readonly scope?: string
  /** Further parameters of the request, such as `prompt`, `login_hint` or `ui_locales`. */
  readonly parameters?: Readonly<Record<string, string>>
  /**
   * Shows the URL and resolves with the one that the browser came back to. Without it this page
   * goes there.
   */
  readonly open?: (url: string) => Promise<string>
}

/** What must be known when the browser comes back. */
interface Waiting {
  readonly state: string
  readonly verifier: string
  readonly redirectUri: string
  /** Where the page was. */
  readonly from: string
}

export interface CodeFlowOptions {
  readonly base: string
  readonly clientId: string
  /** Where this tab keeps what it waits for. */
  readonly waitingName: string
  readonly world: World
  readonly post: (path: string, form: Readonly<Record<string, string>>) => Promise<Answer>
  readonly failed: (code: string | null, description?: string | null) => MapaeError
}

/** The authorization code flow with PKCE. Spec: RFC 6749 section 4.1, RFC 7636, RFC 9207. */
export function createCodeFlow(options: CodeFlowOptions) {
  const { base, clientId, waitingName, world, post, failed } = options
  const { page, random } = world

  /** Null when the URL is no answer to what is waiting. */
  async function complete(waiting: Waiting, url: string): Promise<Answer | null> {
    const answer = new URL(url).searchParams
    const { state, verifier, redirectUri, from } = waiting
    if (answer.get('state') !== state) return null
    page?.session.removeItem(waitingName)
    page?.replace(from)
    // Another server's answer must not be taken for this one's.
    if (answer.get('iss') !== base) throw failed('issuer_mismatch')
    const code = answer.get('code')
    if (!code) throw failed(answer.get('error'), answer.get('error_description'))
    return post('token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    })
  }

  return {
    /** The answer of the token endpoint. Errors: `state_mismatch`, `issuer_mismatch`, the server's. */
    async start({ open, parameters, scope, redirectUri }: RedirectSignIn): Promise<Answer> {
      const from = page?.href() ?? ''
      const waiting: Waiting = {
        state: random(),
        verifier: random() + random(),
        redirectUri: redirectUri ?? from.replace(/[?#].*/, ''),
        from,
      }
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: waiting.redirectUri,
        scope: scope ?? 'openid profile email',
        state: waiting.state,
        code_challenge: await sha256(waiting.verifier),
        code_challenge_method: 'S256',
        ...parameters,
      })
      const url = `${base}/oauth/authorize?${query.toString()}`
      if (open) {
        const answer = await complete(waiting, await open(url))
        if (!answer) throw failed('state_mismatch')
        return answer
      }
      if (!page) throw failed('no_page')
      page.session.setItem(waitingName, JSON.stringify(waiting))
      page.go(url)
      // The page is left.
      return new Promise(() => {})
    },

    /** The same for a sign-in that this page was sent back from; null without one. */
    async finish(): Promise<Answer | null> {
      const waiting = page?.session.getItem(waitingName)
      return waiting ? complete(JSON.parse(waiting) as Waiting, page!.href()) : null
    },
  }
}
