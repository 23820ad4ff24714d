import { z } from 'zod'

import { acrValuesOf, chooseAcr } from '../../domain/authentication-context.ts'
import type { DeviceApproval, DeviceAuthorization } from '../../domain/device-authorization.ts'
import { MapaeError } from '../../domain/errors.ts'
import type { Route } from '../../http/route.ts'
import type { DeviceFlow } from '../../oauth/device-flow.ts'
import { describedBy, done, form, problem, problemOf, states, type UsernameField } from '../form.ts'
import type { GrantList } from '../grants.ts'
import { html, type Html } from '../html.ts'
import type { Page } from '../layout.ts'
import { pageRoutes, type Asked, type PageServices } from '../page-routes.ts'
import { texts, type Texts } from '../texts/texts.ts'
import type { Visit } from '../visit.ts'

export interface DeviceServices extends PageServices {
  readonly deviceFlow: Pick<DeviceFlow, 'findWaiting' | 'approve' | 'deny'>
  readonly grantList: GrantList
}

const deviceQuery = {
  user_code: z.string().max(40).optional(),
  done: z.enum(['approved', 'denied']).optional(),
}

/**
 * Lets a user connect a device by the code that it shows. A code in the address is only filled in:
 * the person must look at the device and press the button. Spec: RFC 8628 sections 3.3 and 5.4.
 */
export function deviceRoutes(services: DeviceServices): Route[] {
  const { deviceFlow } = services
  return pageRoutes(services, {
    path: '/device',
    summary: 'Connect a device by the code that it shows',
    query: deviceQuery,
    form: {
      user_code: z.string().max(40).default(''),
      decision: z.enum(['allow', 'deny']).optional(),
    },
    tells: ['form_incomplete', 'user_code_unknown', 'too_many_attempts'],

    show(asked, retry) {
      const { visit, query } = asked
      if (visit.signedIn === null) return signInFirst(query.user_code)
      const words = texts[visit.language]
      const { device, account } = words
      if (query.done !== undefined) return answered(device.title, device[query.done], words)
      const field = codeField(visit, {
        value: retry?.form.user_code ?? query.user_code ?? '',
        hasProblem: retry !== null,
        isFocused: true,
        isWrong: retry?.error.code === 'user_code_unknown',
      })
      const button = html`<button type="submit" class="primary">${device.submit}</button>`
      return {
        title: device.title,
        main: html`<h1>${device.title}</h1>
          <p class="lead">${account.signedInAs(visit.signedIn.user.username)}</p>
          ${problem(retry?.error ?? null, visit)} ${form(asked, [field, button], '/device')}`,
      }
    },

    async submit(asked, { user_code: userCode, decision }) {
      const { signedIn } = asked.visit
      if (signedIn === null) return signInFirst(userCode)
      if (userCode === '') throw new MapaeError('form_incomplete')
      const waiting = await deviceFlow.findWaiting(userCode, {
        userId: signedIn.user.id,
        ipAddress: asked.device.ipAddress,
      })
      if (waiting === null) throw new MapaeError('user_code_unknown')
      if (decision === undefined) return confirmation(services, asked, waiting, userCode)
      const isAnswered = await (decision === 'deny'
        ? deviceFlow.deny(userCode)
        : deviceFlow.approve(userCode, approvalBy(signedIn)))
      if (!isAnswered) throw new MapaeError('user_code_unknown')
      return { goTo: `/device?done=${decision === 'deny' ? 'denied' : 'approved'}` }
    },
  })
}

function answered(title: string, outcome: string, { error }: Texts): Page {
  return {
    title,
    main: html`<h1>${title}</h1>
      ${done(outcome)}
      <p class="aside"><a href="/account">${error.toStart}</a></p>`,
  }
}

function signInFirst(userCode: string | undefined) {
  const code = userCode === undefined || userCode === '' ? {} : { user_code: userCode }
  return { goTo: `/sign-in?${new URLSearchParams({ next: 'device', ...code }).toString()}` }
}

function approvalBy({ user, session }: NonNullable<Visit['signedIn']>): DeviceApproval {
  return {
    userId: user.id,
    credentialVersion: user.credentialVersion,
    authTime: session.authenticatedAt,
    acr: chooseAcr(acrValuesOf(session.methods), []),
    amr: session.methods,
    browserSessionId: session.id,
  }
}

function codeField({ language }: Visit, field: Omit<UsernameField, 'visit' | 'hint'>): Html {
  const { device } = texts[language]
  return html`<div class="field">
    <label for="user_code">${device.code}</label>
    <input
      id="user_code"
      name="user_code"
      class="user-code"
      type="text"
      value="${field.value}"
      maxlength="40"
      required
      autocomplete="off"
      autocapitalize="characters"
      spellcheck="false"
      ${describedBy([problemOf(field), 'user-code-hint'])}${states(field)}
    />
    <p class="hint" id="user-code-hint">${device.codeHint}</p>
  </div>`
}

/** Whoever is sent a code by somebody else must see that it is not their own device. */
function confirmation(
  { clients, grantList }: DeviceServices,
  asked: Asked<unknown>,
  { clientId, scopes, resources }: DeviceAuthorization,
  userCode: string,
): Page {
  const words = texts[asked.visit.language]
  const { device, consent } = words
  const name = clients.find(clientId)?.name ?? clientId
  const fields = html`<input type="hidden" name="user_code" value="${userCode}" />
    <button type="submit" name="decision" value="allow" class="primary">${device.allow}</button>
    <button type="submit" name="decision" value="deny" class="quiet">${consent.deny}</button>`
  return {
    title: device.confirmTitle(name),
    main: html`<h1>${device.confirmTitle(name)}</h1>
      <p class="lead">${consent.lead(asked.visit.signedIn?.user.username ?? '')}</p>
      <p class="user-code shown">${grouped(userCode)}</p>
      <p class="notice warning">${device.warning}</p>
      <h2 class="gets">${consent.gets}</h2>
      ${grantList({ scopes, resources, claims: [] }, words)} ${form(asked, fields, '/device')}`,
  }
}

/** As the device shows it. */
function grouped(userCode: string): string {
  const letters = userCode
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '')
  return letters.replaceAll(/(.{4})(?=.)/g, '$1-')
}
