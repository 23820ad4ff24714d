import { MapaeError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/time.ts'
import type { BrowserSessionCookie } from '../../http/browser-session-cookie.ts'
import { passwordSchema, usernameSchema } from '../../http/endpoints/credentials.ts'
import type { Route } from '../../http/route.ts'
import type { Browser, StartedBrowserSession } from '../../login/browser-session.ts'
import type { SignInWithPassword } from '../../login/password.ts'
import { form, passwordField, problem, usernameField } from '../form.ts'
import { html } from '../html.ts'
import { onwardQuery, readOnward, readUiLocales } from '../onward.ts'
import { pageRoutes, type PageServices } from '../page-routes.ts'
import { texts } from '../texts/texts.ts'
import type { FindWaiting } from '../waiting.ts'

export interface SignInServices extends PageServices {
  readonly signInInBrowser: SignInWithPassword<Browser, StartedBrowserSession>
  readonly findWaiting: FindWaiting
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
  const { signInInBrowser, findWaiting, sessionCookie, isSignUpOpen, clock } = services
  return pageRoutes(services, {
    path: '/sign-in',
    summary: 'Sign in on a page',
    query: onwardQuery,
    form: credentialsForm,
    tells: ['form_incomplete', 'invalid_credentials', 'too_many_attempts', 'server_busy'],
    uiLocales: (query) => readUiLocales(query, findWaiting),

    async show(asked, retry) {
      const { visit, query } = asked
      const onward = await readOnward(query, findWaiting)
      const { signedIn } = visit
      // Who asks for a sign-in although there is one wants to know that it is still the user.
      if (signedIn !== null && query.request === undefined && retry === null) {
        return { goTo: onward.location }
      }
      const { signIn, fields: labels } = texts[visit.language]
      const isWrong = retry?.error.code === 'invalid_credentials'
      const username = retry?.form.username ?? onward.loginHint ?? signedIn?.user.username ?? ''
      const isNameFocused = username === ''
      const fields = html`${usernameField({ visit, value: username, hint: null, isFocused: isNameFocused, isWrong })}
        ${passwordField({ visit, name: 'password', label: labels.password, autocomplete: 'current-password', hint: null, isFocused: !isNameFocused, isWrong })}
        <button type="submit" class="primary">${signIn.submit}</button>`
      const toSignUp = html`<p class="aside">
        ${signIn.noAccount} <a href="/sign-up${onward.search}">${signIn.toSignUp}</a>
      </p>`
      return {
        title: signIn.title,
        formTargets: onward.formTargets,
        main: html`<h1>${signIn.title}</h1>
          <p class="lead">
            ${onward.clientName === null ? signIn.lead : signIn.toContinue(onward.clientName)}
          </p>
          ${problem(retry?.error ?? null, visit)} ${form(asked, fields)}
          ${isSignUpOpen ? toSignUp : null}`,
      }
    },

    async submit({ visit, query, device }, { username, password }) {
      const { location } = await readOnward(query, findWaiting)
      if (username === '' || password === '') throw new MapaeError('form_incomplete')
      const browser = { ...device, session: visit.signedIn?.session ?? null }
      const { session, secret } = await signInInBrowser(username, password, browser)
      const cookie = sessionCookie.set(secret, session.absoluteExpiresAt, clock.seconds())
      return { goTo: location, cookies: [cookie] }
    },
  })
}
