import { MapaeError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/time.ts'
import type { BrowserSessionCookie } from '../../http/browser-session-cookie.ts'
import { passwordSchema, usernameSchema } from '../../http/endpoints/credentials.ts'
import type { Route } from '../../http/route.ts'
import type { Browser, StartedBrowserSession } from '../../login/browser-session.ts'
import type { SignInWithPassword } from '../../login/password.ts'
import { form, passwordField, problem, usernameField } from '../form.ts'
import { html } from '../html.ts'
import { pageRoutes, type PageServices } from '../page-routes.ts'
import { texts } from '../texts/texts.ts'

export interface SignInServices extends PageServices {
  readonly signInInBrowser: SignInWithPassword<Browser, StartedBrowserSession>
  readonly sessionCookie: BrowserSessionCookie
  readonly isSignUpOpen: boolean
  readonly clock: Clock
}

/** Bounds as of the API; an empty field is told by the page. */
export const credentialsForm = {
  username: usernameSchema.default(''),
  password: passwordSchema.default(''),
}

export function signInRoutes(services: SignInServices): Route[] {
  const { signInInBrowser, sessionCookie, isSignUpOpen, clock } = services
  return pageRoutes(services, {
    path: '/sign-in',
    summary: 'Sign in on a page',
    query: {},
    form: credentialsForm,
    tells: ['form_incomplete', 'invalid_credentials', 'too_many_attempts', 'server_busy'],

    show(asked, retry) {
      const { visit } = asked
      if (visit.signedIn !== null && retry === null) return { goTo: '/account' }
      const words = texts[visit.language]
      const isWrong = retry?.error.code === 'invalid_credentials'
      const username = retry?.form.username ?? ''
      const fields = html`${usernameField({ visit, value: username, hint: null, isFocused: username === '', isWrong })}
        ${passwordField({ visit, name: 'password', label: words.fields.password, autocomplete: 'current-password', hint: null, isFocused: username !== '', isWrong })}
        <button type="submit" class="primary">${words.signIn.submit}</button>`
      const toSignUp = html`<p class="aside">
        ${words.signIn.noAccount} <a href="/sign-up">${words.signIn.toSignUp}</a>
      </p>`
      return {
        title: words.signIn.title,
        main: html`<h1>${words.signIn.title}</h1>
          <p class="lead">${words.signIn.lead}</p>
          ${problem(retry?.error ?? null, visit)} ${form(asked, fields)}
          ${isSignUpOpen ? toSignUp : null}`,
      }
    },

    async submit({ visit, device }, { username, password }) {
      if (username === '' || password === '') throw new MapaeError('form_incomplete')
      const browser = { ...device, session: visit.signedIn?.session ?? null }
      const { session, secret } = await signInInBrowser(username, password, browser)
      const cookie = sessionCookie.set(secret, session.absoluteExpiresAt, clock.seconds())
      return { goTo: '/account', cookies: [cookie] }
    },
  })
}
