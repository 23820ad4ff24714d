import type { BrowserSession } from '../../domain/browser-session.ts'
import type { LogoutRequest, ReadLogoutRequest } from '../../oauth/logout/logout-request.ts'
import type { SignOut } from '../../oauth/logout/sign-out.ts'
import { single, type Parameters } from '../../oauth/parameters.ts'
import { redirect } from '../authorization-response.ts'
import { parametersSchema } from '../parameters-schema.ts'
import { openRoute, type Answer, type ErrorPage, type Route } from '../route.ts'

export interface LogoutRouteServices {
  readonly issuer: string
  readonly readLogoutRequest: ReadLogoutRequest
  readonly signOut: SignOut
  readonly findBrowserSession: (headers: Headers) => Promise<BrowserSession | null>
  /** Says that it is done; `load` is loaded unseen, and then the browser goes on. */
  readonly signedOutPage: (headers: Headers, load: readonly string[], returnTo: string) => Answer
  readonly errorPage: ErrorPage
}

/**
 * By GET and by POST. Who is not proven to be meant is asked on a page.
 * Spec: OpenID Connect RP-Initiated Logout section 2.
 */
export function oauthLogoutRoutes(services: LogoutRouteServices): readonly Route[] {
  const { issuer, readLogoutRequest, signOut, findBrowserSession } = services

  async function answer(
    method: 'GET' | 'POST',
    parameters: Parameters,
    headers: Headers,
  ): Promise<Answer> {
    const request = await readLogoutRequest(parameters)
    const session = await findBrowserSession(headers)
    const returnTo = request.returnTo ?? `${issuer}/signed-out`
    // Browsers keep the cookie back from a form of another site: the page sees who is signed in.
    if (session === null && method === 'GET') return redirect(returnTo)
    if (session === null || !signOut.isProven(request, session)) {
      return redirect(askingUrl(issuer, request, parameters))
    }
    return services.signedOutPage(headers, await signOut.end(session), returnTo)
  }

  const facts = {
    path: '/oauth/logout',
    summary: 'Sign the user out at this browser and at all its applications (OpenID Connect)',
    answers: { 200: null, 303: null },
    errors: ['invalid_request'],
    errorsAs: 'page',
    failed: services.errorPage,
  } as const
  return [
    openRoute({
      ...facts,
      method: 'GET',
      body: null,
      query: parametersSchema,
      handle: ({ query, headers }) => answer('GET', query, headers),
    }),
    openRoute({
      ...facts,
      method: 'POST',
      bodyAs: 'form',
      body: parametersSchema,
      handle: ({ body, headers }) => answer('POST', body, headers),
    }),
  ]
}

/** The page checks all of it again. */
function askingUrl(issuer: string, { client }: LogoutRequest, parameters: Parameters): string {
  const query = new URLSearchParams()
  if (client !== null) query.set('client_id', client.id)
  for (const name of ['post_logout_redirect_uri', 'state', 'ui_locales']) {
    const value = single(parameters, name)
    if (value !== null) query.set(name, value)
  }
  return `${issuer}/sign-out${query.size === 0 ? '' : `?${query.toString()}`}`
}
