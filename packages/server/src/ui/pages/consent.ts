import { z } from 'zod'

import type { AuthorizationRequest } from '../../domain/authorization-request.ts'
import type { Client } from '../../domain/client.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { Route } from '../../http/route.ts'
import type { GrantConsent } from '../../oauth/authorize/consents.ts'
import { requestedClaimNames } from '../../oauth/authorize/next-step.ts'
import { hostOfClient } from '../../oauth/registration/document-address.ts'
import { isOperatorsClient } from '../../oauth/registration/who-registered.ts'
import type { WaitingRequests } from '../../oauth/authorize/waiting-requests.ts'
import { form, problem } from '../form.ts'
import type { GrantList, Wish } from '../grants.ts'
import { html, type Html } from '../html.ts'
import { readUiLocales, toOtherAccount } from '../onward.ts'
import { pageRoutes, type PageServices } from '../page-routes.ts'
import { texts, type Texts } from '../texts/texts.ts'
import type { FindWaiting, Waiting } from '../waiting.ts'
import { hostOfAddress, isWebAddress } from '../web-address.ts'

export interface ConsentServices extends PageServices {
  readonly findWaiting: FindWaiting
  readonly waitingRequests: Pick<WaitingRequests, 'deny'>
  readonly grantConsent: GrantConsent
  readonly grantList: GrantList
}

/** Says what a client gets, in words, and asks. */
export function consentRoutes(services: ConsentServices): Route[] {
  const { findWaiting, waitingRequests, grantConsent, grantList } = services
  return pageRoutes(services, {
    path: '/consent',
    summary: 'Ask whether a client may use the account',
    query: { request: z.string().max(100), client_id: z.string().max(200).optional() },
    form: { decision: z.enum(['allow', 'deny']) },
    tells: [],
    uiLocales: (query) => readUiLocales(query, findWaiting),

    async show(asked, retry) {
      const { visit, query } = asked
      const waiting = await findWaiting(query.request, query.client_id)
      // The next step is decided where the request is answered.
      if (visit.signedIn === null) return { goTo: waiting.location }
      const { client, request } = waiting
      const words = texts[visit.language]
      const otherAccount = toOtherAccount(
        new URLSearchParams({ request: query.request, client_id: client.id }),
      )
      const { username } = visit.signedIn.user
      const buttons = html`<button type="submit" name="decision" value="allow" class="primary">
          ${words.consent.allow}
        </button>
        <button type="submit" name="decision" value="deny" class="quiet">
          ${words.consent.deny}
        </button>`
      return {
        title: words.consent.title(client.name),
        leadsTo: request.redirectUri,
        main: html`<h1>${words.consent.title(client.name)}</h1>
          ${identity(waiting, words)}
          <p class="lead">
            ${words.consent.lead(username)}
            <a href="${otherAccount}">${words.consent.otherUser}</a>
          </p>
          ${problem(retry?.error ?? null, visit, true)}
          <h2 class="gets">${words.consent.gets}</h2>
          ${grantList(wishOf(request), words)}
          <p class="hint">${destination(waiting, words)} ${words.consent.withdraw}</p>
          ${papers(client, words)} ${form(asked, buttons)}`,
      }
    },

    async submit({ visit, query, device }, { decision }) {
      const waiting = await findWaiting(query.request, query.client_id)
      if (visit.signedIn === null) return { goTo: waiting.location }
      const isAnswered = await (decision === 'allow'
        ? grantConsent(visit.signedIn.user.id, waiting, device.ipAddress)
        : waitingRequests.deny(query.request))
      if (!isAnswered) throw new MapaeError('request_expired')
      return { goTo: waiting.location }
    },
  })
}

function wishOf(request: AuthorizationRequest): Wish {
  const { scopes, resources } = request
  return { scopes, resources, claims: requestedClaimNames(request) }
}

/**
 * A client that no operator made known may call itself anything: what can be trusted is the host
 * that it is known by, or that its answers go to. Spec: RFC 7591 section 5.
 */
function identity({ client, request }: Waiting, { consent }: Texts): Html | null {
  if (isOperatorsClient(client.id)) return null
  const host = hostOfClient(client.id) ?? hostOfAddress(request.redirectUri)
  if (host === null) return html`<p class="hint">${consent.unknownProgram}</p>`
  // Whatever host it is known by, any program on the device could be the one that asks.
  const warning =
    hostOfAddress(request.redirectUri) === null
      ? html`<p class="notice warning">${consent.anyProgram}</p>`
      : null
  return html`<p class="lead"><strong>${host}</strong></p>
    <p class="hint">${consent.unknownClient(host)}</p>
    ${warning}`
}

/** The host is what tells a client from one that only calls itself so. */
function destination({ request }: Waiting, { consent }: Texts): string {
  const host = hostOfAddress(request.redirectUri)
  return host === null ? consent.toDevice : consent.toHost(host)
}

/** Links to papers of the client: to web pages only. */
function papers({ policyUri, termsUri, homepageUri }: Client, { consent }: Texts): Html | null {
  const links = [
    [homepageUri, consent.homepage],
    [policyUri, consent.policy],
    [termsUri, consent.terms],
  ] as const
  const shown = links.filter(([uri]) => uri !== null && isWebAddress(uri))
  if (shown.length === 0) return null
  return html`<ul class="papers">
    ${shown.map(
      ([uri, name]) =>
        html`<li>
          <a href="${uri}" target="_blank" rel="noopener noreferrer">${name}</a>
        </li>`,
    )}
  </ul>`
}
