import { MapaeError } from '../../domain/errors.ts'
import { passwordSchema } from '../../http/endpoints/credentials.ts'
import type { Route } from '../../http/route.ts'
import type { ChangePassword } from '../../login/change-password.ts'
import { form, passwordField, problem } from '../form.ts'
import { html } from '../html.ts'
import { pageRoutes, type PageServices } from '../page-routes.ts'
import { texts } from '../texts/texts.ts'

export interface ChangePasswordServices extends PageServices {
  readonly changePassword: ChangePassword
}

export function changePasswordRoutes(services: ChangePasswordServices): Route[] {
  return pageRoutes(services, {
    path: '/account/password',
    summary: 'Change the password on a page',
    query: {},
    form: {
      current_password: passwordSchema.default(''),
      new_password: passwordSchema.default(''),
    },
    tells: [
      'form_incomplete',
      'wrong_password',
      'password_refused',
      'too_many_attempts',
      'server_busy',
    ],

    show(asked, retry) {
      const { visit } = asked
      if (visit.signedIn === null) return { goTo: '/sign-in' }
      const words = texts[visit.language]
      const hasProblem = retry !== null
      const isNewWrong = retry?.error.code === 'password_refused'
      const isCurrentWrong = retry?.error.code === 'wrong_password'
      // Password managers want to know whose password it is.
      const fields = html`<input
          type="text"
          name="username"
          value="${visit.signedIn.user.username}"
          autocomplete="username"
          readonly
          hidden
        />
        ${passwordField({ visit, name: 'current_password', label: words.fields.currentPassword, autocomplete: 'current-password', hint: null, hasProblem, isFocused: !isNewWrong, isWrong: isCurrentWrong })}
        ${passwordField({ visit, name: 'new_password', label: words.fields.newPassword, autocomplete: 'new-password', hint: words.fields.passwordHint, hasProblem, isFocused: isNewWrong, isWrong: isNewWrong })}
        <button type="submit" class="primary">${words.changePassword.submit}</button>
        <a class="button quiet" href="/account">${words.changePassword.cancel}</a>`
      return {
        title: words.changePassword.title,
        main: html`<h1>${words.changePassword.title}</h1>
          <p class="lead">${words.changePassword.lead}</p>
          ${problem(retry?.error ?? null, visit)} ${form(asked, fields)}`,
      }
    },

    async submit({ visit, device }, sent) {
      if (visit.signedIn === null) return { goTo: '/sign-in' }
      const { current_password: current, new_password: next } = sent
      if (current === '' || next === '') throw new MapaeError('form_incomplete')
      const { user, session } = visit.signedIn
      const changer = { userId: user.id, sessionId: null, browserSessionId: session.id }
      await services.changePassword(changer, { current, next }, device.ipAddress)
      return { goTo: '/account?done=password' }
    },
  })
}
