import type { BrowserSessionCookie } from '../../http/browser-session-cookie.ts'
import type { Route } from '../../http/route.ts'
import type { BrowserSessions } from '../../login/browser-session.ts'
import { form, problem } from '../form.ts'
import { html } from '../html.ts'
import { pageRoutes, type PageServices } from '../page-routes.ts'
import { texts } from '../texts/texts.ts'

export interface SignOutServices extends PageServices {
  readonly browserSessions: BrowserSessions
  readonly sessionCookie: BrowserSessionCookie
}

/** Asks first: a link from elsewhere must not sign anybody out. */
export function signOutRoutes(services: SignOutServices): Route[] {
  const { browserSessions, sessionCookie } = services
  const asks = pageRoutes(services, {
    path: '/sign-out',
    summary: 'Sign out on a page',
    query: {},
    form: {},
    tells: [],

    show(asked, retry) {
      const { visit } = asked
      if (visit.signedIn === null) return { goTo: '/signed-out' }
      const words = texts[visit.language].signOut
      const fields = html`<button type="submit" class="primary">${words.submit}</button>
        <a class="button quiet" href="/account">${words.cancel}</a>`
      return {
        title: words.title,
        main: html`<h1>${words.title}</h1>
          <p class="lead">${words.lead(visit.signedIn.user.username)}</p>
          ${problem(retry?.error ?? null, visit)} ${form(asked, fields)}`,
      }
    },

    async submit({ visit }) {
      const session = visit.signedIn?.session
      if (session !== undefined) await browserSessions.end(session.id, session.userId, 'logout')
      return { goTo: '/signed-out', cookies: [sessionCookie.clear()] }
    },
  })
  return [...asks, ...signedOutRoutes(services)]
}

function signedOutRoutes(services: PageServices): Route[] {
  return pageRoutes(services, {
    path: '/signed-out',
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
          <p><a class="button quiet" href="/sign-in">${words.toSignIn}</a></p>`,
      }
    },
    submit: null,
  })
}
