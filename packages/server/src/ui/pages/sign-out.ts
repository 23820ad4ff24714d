import type { BrowserSessionCookie } from '../../http/browser-session-cookie.ts'
import type { Route } from '../../http/route.ts'
import { onwardOf, type ReadLogoutRequest } from '../../oauth/logout/logout-request.ts'
import type { SignOut } from '../../oauth/logout/sign-out.ts'
import type { UserId } from '../../domain/ids.ts'
import { form, problem } from '../form.ts'
import { html, type Html } from '../html.ts'
import type { Language } from '../language.ts'
import type { Page } from '../layout.ts'
import { pageRoutes, type GoTo, type PageServices } from '../page-routes.ts'
import { texts, type Texts } from '../texts/texts.ts'
import { warning, wayOn } from './leave.ts'
import { z } from 'zod'

const text = z.string().max(2000).optional()
const QUERY = { client_id: text, post_logout_redirect_uri: text, state: text }
type Query = Readonly<Record<string, string | undefined>>

export interface SignOutServices extends PageServices {
  readonly readLogoutRequest: ReadLogoutRequest
  readonly signOut: SignOut
  readonly sessionCookie: BrowserSessionCookie
}

/** Asks first: a link from elsewhere must not sign anybody out. */
export function signOutRoutes(services: SignOutServices): Route[] {
  const { readLogoutRequest, signOut, sessionCookie } = services
  const onward = async (query: Query, userId: UserId | null) =>
    onwardOf(await readLogoutRequest(given(query), userId), given(query))
  const asks = pageRoutes(services, {
    path: '/sign-out',
    summary: 'Sign out on a page',
    query: QUERY,
    form: {},
    tells: [],

    async show(asked, retry) {
      const { visit } = asked
      const returnTo = await onward(asked.query, visit.signedIn?.user.id ?? null)
      if (visit.signedIn === null) return { goTo: returnTo }
      const words = texts[visit.language].signOut
      const fields = html`<button type="submit" class="primary">${words.submit}</button>
        <a class="button quiet" href="/account">${words.cancel}</a>`
      return {
        title: words.title,
        leadsTo: returnTo.startsWith('/') ? null : returnTo,
        main: html`<h1>${words.title}</h1>
          <p class="lead">${words.lead(visit.signedIn.user.username)}</p>
          ${problem(retry?.error ?? null, visit, true)} ${form(asked, fields)}`,
      }
    },

    async submit({ visit, query }) {
      const returnTo = await onward(query, visit.signedIn?.user.id ?? null)
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

function signedOutRoutes(services: SignOutServices): Route[] {
  return pageRoutes(services, {
    path: '/signed-out',
    summary: 'Says that nobody is signed in',
    query: QUERY,
    form: {},
    tells: [],
    async show({ visit, query }) {
      const { returnTo, isAgreed } = await services.readLogoutRequest(given(query), null)
      const words = texts[visit.language].signedOut
      return {
        title: words.title,
        main: html`<h1>${words.title}</h1>
          <p class="lead">${words.lead}</p>
          ${returnTo === null || isAgreed ? null : elsewhere(returnTo, texts[visit.language])}
          <p class="next"><a class="button quiet" href="/sign-in">${words.toSignIn}</a></p>`,
      }
    },
    submit: null,
  })
}

/** For who wants to go on: this page is where nobody is taken elsewhere without a word. */
function elsewhere(address: string, words: Texts): Html {
  return html`${warning(address, words)} ${wayOn(address, words)}`
}

function given(query: Query): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}
