import type { Surroundings } from '../surroundings.ts'
import { fetchJson } from './remote-json.ts'
import type { RemoteIssuer } from './remote-issuer.ts'

/** How this resource server shows the issuer who it is, for a feed or introspection that asks. */
export type FeedCredentials =
  | { readonly clientId: string; readonly clientSecret: string }
  /** An API key, or an access token from wherever you have it. */
  | { readonly accessToken: string | (() => string | Promise<string>) }

/** Gets what goes behind `Bearer`. */
export interface FeedAccess {
  /** Undefined: there are no credentials, and the feed is taken to be public. */
  authorization(): Promise<string | undefined>
  /** What was used last was refused: get another the next time. */
  refused(): void
}

const limits = { timeoutMilliseconds: 5000, maxBytes: 65_536 }
const renewBeforeSeconds = 30
const scope = 'revocations'

/** Spec: RFC 6749 §2.3.1 (both parts form-encoded first) and §4.4. */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return `Basic ${btoa(`${encode(clientId)}:${encode(clientSecret)}`)}`
}

export function createFeedAccess(
  credentials: FeedCredentials | undefined,
  issuer: RemoteIssuer,
  { fetch, clock }: Surroundings,
): FeedAccess {
  let held: { readonly accessToken: string; readonly renewAt: number } | undefined

  const obtain = async (clientId: string, clientSecret: string): Promise<string> => {
    if (held !== undefined && clock() < held.renewAt) return held.accessToken
    const { tokenEndpoint } = await issuer.metadata()
    if (tokenEndpoint === undefined) throw new Error('the issuer has no token endpoint')
    const { document } = await fetchJson(fetch, {
      url: tokenEndpoint,
      headers: { authorization: basicAuthorization(clientId, clientSecret) },
      form: { grant_type: 'client_credentials', scope },
      ...limits,
    })
    const { access_token: accessToken, expires_in: expiresIn } = document ?? {}
    if (typeof accessToken !== 'string') throw new Error('the issuer gave no access token')
    const seconds = typeof expiresIn === 'number' ? expiresIn : 0
    held = { accessToken, renewAt: clock() + seconds - renewBeforeSeconds }
    return accessToken
  }

  return {
    async authorization() {
      if (credentials === undefined) return undefined
      if ('clientId' in credentials) {
        return `Bearer ${await obtain(credentials.clientId, credentials.clientSecret)}`
      }
      const { accessToken } = credentials
      return `Bearer ${typeof accessToken === 'string' ? accessToken : await accessToken()}`
    },
    refused() {
      held = undefined
    },
  }
}
