import { z } from 'zod'

import type { BrowserSession } from '../../domain/browser-session.ts'
import type { Consent } from '../../domain/consent.ts'
import type { MapaeError } from '../../domain/errors.ts'
import { isId, type BrowserSessionId, type SessionId, type UserId } from '../../domain/ids.ts'
import type { Stores } from '../../domain/ports.ts'
import { FIRST_PARTY_CLIENT_ID, type Session } from '../../domain/session.ts'
import type { Clock } from '../../domain/time.ts'
import type { BrowserSessionCookie } from '../../http/browser-session-cookie.ts'
import type { Route } from '../../http/route.ts'
import type { BrowserSessions } from '../../login/browser-session.ts'
import type { WithdrawConsent } from '../../oauth/authorize/consents.ts'
import type { EndAllSessions, EndSession } from '../../sessions/end.ts'
import { deviceName } from '../device-name.ts'
import { done, form, problem } from '../form.ts'
import { html, type Html } from '../html.ts'
import { instant } from '../instant.ts'
import { pageRoutes, type Asked, type PageServices } from '../page-routes.ts'
import { texts } from '../texts/texts.ts'
import type { Visit } from '../visit.ts'

const accountQuery = { done: z.enum(['ended', 'withdrawn', 'password']).optional() }

export interface AccountServices extends PageServices {
  readonly stores: Pick<Stores, 'sessions' | 'browserSessions' | 'consents'>
  readonly withdrawConsent: WithdrawConsent
  readonly browserSessions: BrowserSessions
  readonly endSession: EndSession
  readonly endAllSessions: EndAllSessions
  readonly sessionCookie: BrowserSessionCookie
  readonly clock: Clock
}

export function accountRoutes(services: AccountServices): Route[] {
  const { stores, endAllSessions, sessionCookie, clock } = services
  return pageRoutes(services, {
    path: '/account',
    summary: "The user's account on a page",
    query: accountQuery,
    form: {
      session: z.string().max(100).optional(),
      browser: z.string().max(100).optional(),
      everywhere: z.literal('yes').optional(),
      client: z.string().max(2048).optional(),
    },
    tells: [],

    async show(asked, retry) {
      const { signedIn } = asked.visit
      if (signedIn === null) return { goTo: '/sign-in' }
      const { id } = signedIn.user
      const now = clock.seconds()
      const [browsers, apps, consents] = await Promise.all([
        stores.browserSessions.listOpenOfUser(id, now),
        stores.sessions.listOpenOfUser(id, now),
        stores.consents.listOfUser(id),
      ])
      const nameOf = (clientId: string) => services.clients.find(clientId)?.name ?? clientId
      const listed = { browsers, apps, consents, nameOf }
      const { title } = texts[asked.visit.language].account
      const main = account(asked, signedIn, listed, retry?.error ?? null)
      return { title, isWide: true, main }
    },

    async submit({ visit, device }, { session, browser, everywhere, client }) {
      if (visit.signedIn === null) return { goTo: '/sign-in' }
      const { id: userId } = visit.signedIn.user
      if (everywhere !== undefined) {
        await endAllSessions(userId, 'logout_everywhere')
        return { goTo: '/signed-out', cookies: [sessionCookie.clear()] }
      }
      if (client !== undefined) {
        await services.withdrawConsent(userId, client, device.ipAddress)
        return { goTo: '/account?done=withdrawn' }
      }
      await endOne(services, userId, session ?? null, browser ?? null)
      return { goTo: '/account?done=ended' }
    },
  })
}

/** What does not exist, or is another user's, has ended as far as this user is concerned. */
async function endOne(
  { stores, browserSessions, endSession }: AccountServices,
  userId: UserId,
  session: string | null,
  browser: string | null,
): Promise<void> {
  if (browser !== null && isId(browser)) {
    await browserSessions.end(browser as BrowserSessionId, userId, 'revoked_by_user')
  }
  const found =
    session !== null && isId(session) ? await stores.sessions.find(session as SessionId) : null
  if (found?.userId === userId) await endSession(found.id, 'revoked_by_user')
}

interface Listed {
  readonly browsers: readonly BrowserSession[]
  readonly apps: readonly Session[]
  readonly consents: readonly Consent[]
  readonly nameOf: (clientId: string) => string
}

function account(
  asked: Asked<{ readonly done?: 'ended' | 'withdrawn' | 'password' | undefined }>,
  { user, session }: NonNullable<Visit['signedIn']>,
  listed: Listed,
  error: MapaeError | null,
): Html {
  const { visit, query } = asked
  const words = texts[visit.language].account
  const outcomes = {
    ended: words.ended,
    withdrawn: words.withdrawn,
    password: words.passwordChanged,
  }
  return html`<div class="row">
      <div>
        <h1>${words.title}</h1>
        <p class="lead">${words.signedInAs(user.username)}</p>
      </div>
      <a class="button quiet" href="/sign-out">${words.signOut}</a>
    </div>
    ${problem(error, visit, true)} ${done(query.done === undefined ? null : outcomes[query.done])}
    <section aria-labelledby="devices">
      <h2 id="devices">${words.devices}</h2>
      <p class="hint">${words.devicesLead}</p>
      ${form(asked, devices(session, listed, visit), '/account')}
    </section>
    ${listed.consents.length === 0 ? null : access(asked, listed)}
    <section aria-labelledby="password">
      <h2 id="password">${words.password}</h2>
      <div class="row">
        <p class="hint">${words.passwordLead}</p>
        <a class="button quiet" href="/account/password">${words.changePassword}</a>
      </div>
    </section>`
}

function devices(current: BrowserSession, { browsers, apps, nameOf }: Listed, visit: Visit): Html {
  const words = texts[visit.language].account
  const others = browsers.filter(({ id }) => id !== current.id)
  return html`<ul class="entries">
      ${browserEntry(current, visit, true)} ${others.map((one) => browserEntry(one, visit, false))}
      ${apps.map((one) => appEntry(one, visit, nameOf))}
    </ul>
    <div class="row">
      <p class="hint">${words.endEverywhereLead}</p>
      <button type="submit" name="everywhere" value="yes" class="quiet">
        ${words.endEverywhere}
      </button>
    </div>`
}

/** What the user granted to clients. */
function access(asked: { readonly visit: Visit; readonly here: string }, listed: Listed): Html {
  const { language } = asked.visit
  const words = texts[language].account
  const entries = listed.consents.map(({ clientId, grantedAt }) => {
    const name = listed.nameOf(clientId)
    return html`<li>
      <div>
        <p class="device">${name}</p>
        <p class="hint">${words.accessSince} ${instant(grantedAt, language)}</p>
      </div>
      <button
        type="submit"
        name="client"
        value="${clientId}"
        class="quiet"
        aria-label="${words.withdrawOf(name)}"
      >
        ${words.withdraw}
      </button>
    </li>`
  })
  return html`<section aria-labelledby="access">
    <h2 id="access">${words.access}</h2>
    <p class="hint">${words.accessLead}</p>
    ${form(
      asked,
      html`<ul class="entries">
        ${entries}
      </ul>`,
      '/account',
    )}
  </section>`
}

function browserEntry(session: BrowserSession, visit: Visit, isCurrent: boolean): Html {
  const words = texts[visit.language].account
  const kind = isCurrent ? html`<strong class="badge">${words.thisBrowser}</strong>` : words.browser
  return entry(session, visit, kind, isCurrent ? null : 'browser')
}

function appEntry(session: Session, visit: Visit, nameOf: (clientId: string) => string): Html {
  const words = texts[visit.language].account
  const { clientId } = session
  const kind = clientId === FIRST_PARTY_CLIENT_ID ? words.firstParty : words.app(nameOf(clientId))
  return entry(session, visit, kind, 'session')
}

/** `endsAs`: what the button that ends it says it is; null: no button. */
function entry(
  session: BrowserSession | Session,
  visit: Visit,
  kind: Html | string,
  endsAs: 'browser' | 'session' | null,
): Html {
  const words = texts[visit.language]
  const name = deviceName(session.deviceLabel, words)
  const address = session.ipAddress === null ? null : ` · ${session.ipAddress}`
  return html`<li>
    <div>
      <p class="device">${name}</p>
      <p class="hint">${kind}${address}</p>
      <p class="hint">${words.account.lastUsed} ${instant(session.lastUsedAt, visit.language)}</p>
    </div>
    ${
      endsAs &&
      html`<button
        type="submit"
        name="${endsAs}"
        value="${session.id}"
        class="quiet"
        aria-label="${words.account.endOf(name)}"
      >
        ${words.account.end}
      </button>`
    }
  </li>`
}
