import { z } from 'zod'

import { MapaeError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/time.ts'
import type { BrowserSessionCookie } from '../../http/browser-session-cookie.ts'
import { passwordSchema, usernameSchema } from '../../http/endpoints/credentials.ts'
import type { Route } from '../../http/route.ts'
import type { Browser, StartedBrowserSession } from '../../login/browser-session.ts'
import type { SignInWithPassword } from '../../login/password.ts'
import type { WaitingRequests } from '../../oauth/authorize/waiting-requests.ts'
import { form, passwordField, problem, usernameField } from '../form.ts'
import { html, type Html } from '../html.ts'
import { onwardQuery, readOnward, readUiLocales, toOtherAccount, type Onward } from '../onward.ts'
import { pageRoutes, type PageServices } from '../page-routes.ts'
import { texts, type Texts } from '../texts/texts.ts'
import type { FindWaiting } from '../waiting.ts'

export interface SignInServices extends PageServices {
  readonly signInInBrowser: SignInWithPassword<Browser, StartedBrowserSession>
  readonly findWaiting: FindWaiting
  readonly waitingRequests: Pick<WaitingRequests, 'noteSignIn'>
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
  const { signInInBrowser, findWaiting, waitingRequests, sessionCookie, isSignUpOpen, clock } =
    services
  return pageRoutes(services, {
    path: '/sign-in',
    summary: 'Sign in on a page',
    // Who is signed in wants to be somebody else.
    query: { ...onwardQuery, account: z.literal('other').optional() },
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
      const words = texts[visit.language]
      const { signIn } = words
      const isOther = query.account === 'other'
      const hinted = isOther ? null : (onward.loginHint ?? signedIn?.user.username ?? null)
      // The same person proves it once more.
      const isAgain = hinted !== null && hinted === signedIn?.user.username
      const username = retry?.form.username ?? hinted ?? ''
      const hasProblem = retry !== null
      const isWrong = retry?.error.code === 'invalid_credentials'
      const isNameFocused = username === ''
      const fields = html`${usernameField({ visit, value: username, hint: null, hasProblem, isFocused: isNameFocused, isWrong })}
        ${passwordField({ visit, name: 'password', label: words.fields.password, autocomplete: 'current-password', hint: null, hasProblem, isFocused: !isNameFocused, isWrong })}
        <button type="submit" class="primary">${signIn.submit}</button>`
      return {
        title: signIn.title,
        leadsTo: onward.leadsTo,
        main: html`<h1>${signIn.title}</h1>
          <p class="lead">${isAgain ? signIn.again(hinted) : leadOf(onward, words)}</p>
          ${problem(retry?.error ?? null, visit)} ${form(asked, fields)}
          ${isAgain ? otherAccount(onward, words) : null}
          ${!isAgain && isSignUpOpen ? toSignUp(onward, words) : null}`,
      }
    },

    async submit({ visit, query, device }, { username, password }) {
      const { location } = await readOnward(query, findWaiting)
      if (username === '' || password === '') throw new MapaeError('form_incomplete')
      const browser = { ...device, session: visit.signedIn?.session ?? null }
      const { session, secret } = await signInInBrowser(username, password, browser)
      if (query.request !== undefined) await waitingRequests.noteSignIn(query.request, session.id)
      const cookie = sessionCookie.set(secret, session.absoluteExpiresAt, clock.seconds())
      return { goTo: location, cookies: [cookie] }
    },
  })
}

function leadOf({ clientName }: Onward, { signIn }: Texts): string {
  return clientName === null ? signIn.lead : signIn.toContinue(clientName)
}

function toSignUp({ search }: Onward, { signIn }: Texts): Html {
  return html`<p class="aside">
    ${signIn.noAccount} <a href="/sign-up${search}">${signIn.toSignUp}</a>
  </p>`
}

function otherAccount({ search }: Onward, { consent }: Texts): Html {
  return html`<p class="aside">
    <a href="${toOtherAccount(new URLSearchParams(search))}">${consent.otherUser}</a>
  </p>`
}
