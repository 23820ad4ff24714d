import type { AskingBrowser, Authorize } from '../../oauth/authorize/authorize.ts'
import { required, type Parameters } from '../../oauth/parameters.ts'
import { authorizationResponse, redirect, type AnswerPages } from '../authorization-response.ts'
import { linkOrFormRoutes } from '../link-or-form.ts'
import type { Answer, ErrorPage, Route, RouteRequest } from '../route.ts'

/** The pages that a browser is sent to; they send it back here. */
const pagePaths = {
  sign_in: '/sign-in',
  select_account: '/select-account',
  consent: '/consent',
} as const

export interface AuthorizeRouteServices {
  readonly issuer: string
  readonly authorize: Authorize
  /** Who is signed in at the browser; null when nobody is. */
  readonly findAskingBrowser: (headers: Headers) => Promise<AskingBrowser | null>
  /** In the reader's language. */
  readonly answerPagesOf: (request: RouteRequest) => AnswerPages
  /** What a person reads when nobody can be trusted to receive an answer. Never leads elsewhere. */
  readonly errorPage: ErrorPage
}

/** Spec: RFC 6749 section 3.1, OpenID Connect Core section 3.1.2.1: by GET and by POST. */
export function oauthAuthorizeRoutes(services: AuthorizeRouteServices): readonly Route[] {
  const { issuer, authorize, findAskingBrowser, answerPagesOf, errorPage } = services

  async function answer(parameters: Parameters, request: RouteRequest): Promise<Answer> {
    const { headers, device } = request
    const browser = await findAskingBrowser(headers)
    const outcome = await authorize(parameters, browser, device.ipAddress)
    if (outcome.kind === 'response') {
      const { returnPath, parameters: told, isAgreed } = outcome
      const pages = answerPagesOf(request)
      return isAgreed
        ? authorizationResponse(returnPath, told, pages)
        : pages.leave(returnPath, told)
    }
    const query = new URLSearchParams({
      request: outcome.requestId,
      client_id: required(parameters, 'client_id'),
    })
    return redirect(`${issuer}${pagePaths[outcome.step]}?${query.toString()}`)
  }

  return linkOrFormRoutes(
    {
      path: '/oauth/authorize',
      summary: 'Ask the user at the browser to sign in and to consent (OAuth 2.1)',
      errors: ['invalid_request', 'request_expired', 'server_busy', 'too_many_attempts'],
      errorPage,
    },
    answer,
  )
}
