import { MapaeError } from './error.ts'
import type { GetTokenOptions } from './tokens.ts'
import type { World } from './world.ts'

/** What a resource server says of a token that is not valid. Spec: RFC 6750 section 3.1. */
const INVALID_TOKEN = /\berror="?invalid_token/

/** A `fetch` that sends the access token along, to the listed APIs and nowhere else. */
export function createListedFetch(
  apis: readonly string[],
  getToken: (options?: GetTokenOptions) => Promise<string>,
  { fetch }: Pick<World, 'fetch'>,
) {
  function send(request: Request, accessToken: string): Promise<Response> {
    request.headers.set('authorization', `Bearer ${accessToken}`)
    return fetch(request)
  }

  return async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const { url } = request
    // What follows is nothing, or begins a path, a query or a fragment: no longer name.
    if (!apis.some((api) => url.startsWith(api) && '/?#'.includes(url.charAt(api.length)))) {
      throw new MapaeError('api_not_listed', `${url} is not among the apis`)
    }
    const accessToken = await getToken()
    const again = request.clone()
    const response = await send(request, accessToken)
    const challenge = response.headers.get('www-authenticate') ?? ''
    if (response.status !== 401 || !INVALID_TOKEN.test(challenge)) return response
    const other = await getToken({ not: accessToken }).catch(() => accessToken)
    return other === accessToken ? response : send(again, other)
  }
}
