import type { BrowserSessionCookie } from '../../http/browser-session-cookie.ts'
import type { Route } from '../../http/route.ts'
import type { LogoutRequest, ReadLogoutRequest } from '../../oauth/logout/logout-request.ts'
import type { SignOut } from '../../oauth/logout/sign-out.ts'
import { form, problem } from '../form.ts'
import { html } from '../html.ts'
import type { Language } from '../language.ts'
import type { Page } from '../layout.ts'
import { pageRoutes, type GoTo, type PageServices } from '../page-routes.ts'
import { texts } from '../texts/texts.ts'
import { z } from 'zod'

const SIGNED_OUT = '/signed-out'

export interface SignOutServices extends PageServices {
  readonly readLogoutRequest: ReadLogoutRequest
  readonly signOut: SignOut
  readonly sessionCookie: BrowserSessionCookie
}

/** Asks first: a link from elsewhere must not sign anybody out. */
export function signOutRoutes(services: SignOutServices): Route[] {
  const { readLogoutRequest, signOut, sessionCookie } = services
  const text = z.string().max(2000).optional()
  const asks = pageRoutes(services, {
    path: '/sign-out',
    summary: 'Sign out on a page',
    query: { client_id: text, post_logout_redirect_uri: text, state: text },
    form: {},
    tells: [],

    async show(asked, retry) {
      const { visit } = asked
      const returnTo = returnToOf(await readLogoutRequest(given(asked.query)))
      if (visit.signedIn === null) return { goTo: returnTo }
      const words = texts[visit.language].signOut
      const fields = html`<button type="submit" class="primary">${words.submit}</button>
        <a class="button quiet" href="/account">${words.cancel}</a>`
      return {
        title: words.title,
        leadsTo: returnTo === SIGNED_OUT ? null : returnTo,
        main: html`<h1>${words.title}</h1>
          <p class="lead">${words.lead(visit.signedIn.user.username)}</p>
          ${problem(retry?.error ?? null, visit, true)} ${form(asked, fields)}`,
      }
    },

    async submit({ visit, query }) {
      const returnTo = returnToOf(await readLogoutRequest(given(query)))
      const session = visit.signedIn?.session
      const load = session === undefined ? [] : await signOut.end(session)
      return signedOut(visit.language, load, returnTo, sessionCookie)
    },
  })
  return [...asks, ...signedOutRoutes(services)]
}

/** Goes on at once, or after a page that lets applications forget what they keep in the browser. */
export function signedOut(
  language: Language,
  load: readonly string[],
  returnTo: string,
  sessionCookie: BrowserSessionCookie,
): Page | GoTo {
  const cookies = [sessionCookie.clear()]
  if (load.length === 0) return { goTo: returnTo, cookies }
  const words = texts[language].signedOut
  return {
    title: words.title,
    cookies,
    farewell: { load, goOnTo: returnTo },
    main: html`<h1>${words.title}</h1>
      <p class="lead">${words.goingOn}</p>
      <p class="next"><a class="button quiet" href="${returnTo}">${words.goOn}</a></p>`,
  }
}

function signedOutRoutes(services: PageServices): Route[] {
  return pageRoutes(services, {
    path: SIGNED_OUT,
    summary: 'Says that nobody is signed in',
    query: {},
    form: {},
    tells: [],
    show({ visit }) {
      const words = texts[visit.language].signedOut
      return {
        title: words.title,
        main: html`<h1>${words.title}</h1>
          <p class="lead">${words.lead}</p>
          <p class="next"><a class="button quiet" href="/sign-in">${words.toSignIn}</a></p>`,
      }
    },
    submit: null,
  })
}

function returnToOf({ returnTo }: LogoutRequest): string {
  return returnTo ?? SIGNED_OUT
}

function given(query: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}
