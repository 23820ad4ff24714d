import type { Surroundings } from '../surroundings.ts'
import { basicAuthorization } from './client-credentials.ts'
import { fetchJson } from './remote-json.ts'
import type { RemoteIssuer } from './remote-issuer.ts'

/** Asks the issuer whether a token is active. Throws when there is no answer. */
export type Introspect = (accessToken: string) => Promise<boolean>

const limits = { timeoutMilliseconds: 2000, maxBytes: 65_536 }
/** An answer serves the requests of the next moments too; questions asked meanwhile join it. */
const answerServesSeconds = 2
const mostAnswers = 1024

interface Asked {
  readonly at: number
  readonly answer: Promise<boolean>
}

/** Spec: RFC 7662 §2. */
export function createIntrospect(
  issuer: RemoteIssuer,
  client: { readonly clientId: string; readonly clientSecret: string },
  { fetch, clock }: Surroundings,
): Introspect {
  const authorization = basicAuthorization(client.clientId, client.clientSecret)
  const asked = new Map<string, Asked>()

  const ask = async (token: string): Promise<boolean> => {
    const { introspectionEndpoint } = await issuer.metadata()
    if (introspectionEndpoint === undefined) throw new Error('the issuer has no introspection')
    const { document } = await fetchJson(fetch, {
      url: introspectionEndpoint,
      headers: { authorization },
      form: { token, token_type_hint: 'access_token' },
      ...limits,
    })
    if (typeof document?.['active'] !== 'boolean') throw new Error('introspection was refused')
    return document['active']
  }

  return async (token) => {
    const now = clock()
    const earlier = asked.get(token)
    if (earlier !== undefined && Math.abs(now - earlier.at) < answerServesSeconds) {
      return earlier.answer
    }
    const answer = ask(token)
    asked.delete(token)
    asked.set(token, { at: now, answer })
    // A failure is no answer: the next request asks again.
    answer.catch(() => asked.delete(token))
    if (asked.size > mostAnswers) {
      const [oldest = ''] = asked.keys()
      asked.delete(oldest)
    }
    return answer
  }
}
