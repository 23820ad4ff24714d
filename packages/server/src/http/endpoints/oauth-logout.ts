import type { BrowserSession } from '../../domain/browser-session.ts'
import { onwardOf, pageQueryOf, type ReadLogoutRequest } from '../../oauth/logout/logout-request.ts'
import type { SignOut } from '../../oauth/logout/sign-out.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import { redirect } from '../authorization-response.ts'
import { linkOrFormRoutes } from '../link-or-form.ts'
import type { Answer, ErrorPage, Route, RouteRequest } from '../route.ts'

export interface LogoutRouteServices {
  readonly issuer: string
  readonly readLogoutRequest: ReadLogoutRequest
  readonly signOut: SignOut
  readonly findBrowserSession: (headers: Headers) => Promise<BrowserSession | null>
  /** Says that it is done; `load` is loaded unseen, and then the browser goes on. */
  readonly signedOutPage: (asked: RouteRequest, load: readonly string[], returnTo: string) => Answer
  readonly errorPage: ErrorPage
}

/**
 * By GET and by POST. Who is not proven to be meant is asked on a page.
 * Spec: OpenID Connect RP-Initiated Logout section 2.
 */
export function oauthLogoutRoutes(services: LogoutRouteServices): readonly Route[] {
  const { issuer, readLogoutRequest, signOut, findBrowserSession, errorPage } = services

  async function answer(parameters: Parameters, asked: RouteRequest): Promise<Answer> {
    const { method, headers } = asked
    const session = await findBrowserSession(headers)
    const request = await readLogoutRequest(parameters, session?.userId ?? null)
    const returnTo = onwardOf(request, parameters, issuer)
    // Browsers keep the cookie back from a form of another site: the page sees who is signed in.
    if (session === null && method !== 'POST') return redirect(returnTo)
    if (session === null || !signOut.isProven(request, session)) {
      const query = pageQueryOf(request, parameters).toString()
      return redirect(`${issuer}/sign-out${query === '' ? '' : `?${query}`}`)
    }
    return services.signedOutPage(asked, await signOut.end(session), returnTo)
  }

  return linkOrFormRoutes(
    {
      path: '/oauth/logout',
      summary: 'Sign the user out at this browser and at all its applications (OpenID Connect)',
      errors: ['invalid_request'],
      errorPage,
    },
    answer,
  )
}
