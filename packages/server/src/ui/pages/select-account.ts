import { z } from 'zod'

import type { Route } from '../../http/route.ts'
import type { WaitingRequests } from '../../oauth/authorize/waiting-requests.ts'
import { form, problem } from '../form.ts'
import { html } from '../html.ts'
import { readUiLocales, toOtherAccount } from '../onward.ts'
import { pageRoutes, type PageServices } from '../page-routes.ts'
import { texts } from '../texts/texts.ts'
import type { FindWaiting } from '../waiting.ts'

export interface SelectAccountServices extends PageServices {
  readonly findWaiting: FindWaiting
  readonly waitingRequests: Pick<WaitingRequests, 'noteChoice'>
}

/** Says who is signed in, and lets them go on or be somebody else. */
export function selectAccountRoutes(services: SelectAccountServices): Route[] {
  const { findWaiting, waitingRequests } = services
  return pageRoutes(services, {
    path: '/select-account',
    summary: 'Ask which account an application shall get',
    query: { request: z.string().max(100), client_id: z.string().max(200).optional() },
    form: {},
    tells: [],
    uiLocales: (query) => readUiLocales(query, findWaiting),

    async show(asked, retry) {
      const { visit, query } = asked
      const { client, request, location } = await findWaiting(query.request, query.client_id)
      // The next step is decided where the request is answered.
      if (visit.signedIn === null) return { goTo: location }
      const { selectAccount, consent } = texts[visit.language]
      const otherAccount = toOtherAccount(
        new URLSearchParams({ request: query.request, client_id: client.id }),
      )
      const { username } = visit.signedIn.user
      const choices = html`<button type="submit" class="primary">
          ${selectAccount.submit(username)}
        </button>
        <a class="button quiet" href="${otherAccount}">${consent.otherUser}</a>`
      return {
        title: selectAccount.title,
        leadsTo: request.redirectUri,
        main: html`<h1>${selectAccount.title}</h1>
          <p class="lead">${selectAccount.lead(client.name)}</p>
          ${problem(retry?.error ?? null, visit, true)} ${form(asked, choices)}`,
      }
    },

    async submit({ visit, query }) {
      const { location } = await findWaiting(query.request, query.client_id)
      if (visit.signedIn !== null) {
        await waitingRequests.noteChoice(query.request, visit.signedIn.session.id)
      }
      return { goTo: location }
    },
  })
}
