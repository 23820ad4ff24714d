import { MapaeError } from '../../domain/errors.ts'
import type { Route } from '../../http/route.ts'
import type { Browser, StartedBrowserSession } from '../../login/browser-session.ts'
import type { SignUp } from '../../login/sign-up.ts'
import { form, passwordField, problem, usernameField } from '../form.ts'
import { html } from '../html.ts'
import { onwardQuery, readOnward, readUiLocales } from '../onward.ts'
import { pageRoutes } from '../page-routes.ts'
import { texts } from '../texts/texts.ts'
import { credentialsForm, type SignInServices } from './sign-in.ts'

export interface SignUpServices extends Omit<SignInServices, 'signInInBrowser'> {
  readonly signUpInBrowser: SignUp<Browser, StartedBrowserSession>
}

export function signUpRoutes(services: SignUpServices): Route[] {
  const { signUpInBrowser, findWaiting, waitingRequests, sessionCookie, isSignUpOpen, clock } =
    services
  return pageRoutes(services, {
    path: '/sign-up',
    summary: 'Make an account on a page',
    query: onwardQuery,
    form: credentialsForm,
    tells: [
      'form_incomplete',
      'username_taken',
      'username_refused',
      'password_refused',
      'too_many_attempts',
      'server_busy',
    ],
    uiLocales: (query) => readUiLocales(query, findWaiting),

    async show(asked, retry) {
      if (!isSignUpOpen) throw new MapaeError('signup_closed')
      const { visit } = asked
      const onward = await readOnward(asked.query, findWaiting)
      const words = texts[visit.language]
      const code = retry?.error.code
      const isNameWrong = code === 'username_taken' || code === 'username_refused'
      const isPasswordWrong = code === 'password_refused'
      const hasProblem = retry !== null
      // The password is never given back.
      const isPasswordFocused = !isNameWrong && (retry?.form.username ?? '') !== ''
      const fields = html`${usernameField({ visit, value: retry?.form.username ?? '', hint: words.fields.usernameHint, hasProblem, isFocused: !isPasswordFocused, isWrong: isNameWrong })}
        ${passwordField({ visit, name: 'password', label: words.fields.password, autocomplete: 'new-password', hint: words.fields.passwordHint, hasProblem, isFocused: isPasswordFocused, isWrong: isPasswordWrong })}
        <button type="submit" class="primary">${words.signUp.submit}</button>`
      return {
        title: words.signUp.title,
        leadsTo: onward.leadsTo,
        main: html`<h1>${words.signUp.title}</h1>
          <p class="lead">${words.signUp.lead}</p>
          ${problem(retry?.error ?? null, visit)} ${form(asked, fields)}
          <p class="aside">
            ${words.signUp.haveAccount}
            <a href="/sign-in${onward.search}">${words.signUp.toSignIn}</a>
          </p>`,
      }
    },

    async submit({ visit, query, device }, { username, password }) {
      const { location } = await readOnward(query, findWaiting)
      if (username === '' || password === '') throw new MapaeError('form_incomplete')
      const browser = { ...device, session: visit.signedIn?.session ?? null }
      const { started } = await signUpInBrowser({ username, password, email: null }, browser)
      const { session, secret } = started
      if (query.request !== undefined) await waitingRequests.noteSignIn(query.request, session.id)
      const cookie = sessionCookie.set(secret, session.absoluteExpiresAt, clock.seconds())
      return { goTo: location, cookies: [cookie] }
    },
  })
}
