import { addressOfAnswer } from '../../http/authorization-response.ts'
import type { ReturnPath } from '../../oauth/authorize/authorization-error.ts'
import { html, type Html } from '../html.ts'
import type { Language } from '../language.ts'
import type { Page } from '../layout.ts'
import { texts, type Texts } from '../texts/texts.ts'
import { hostOfAddress } from '../web-address.ts'

/**
 * In place of a redirect to an address that a stranger named and the user never agreed to: says
 * where it leads, and leads there only who wants to. Spec: RFC 9700 section 4.11.2.
 */
export function leavePage(
  language: Language,
  returnPath: ReturnPath,
  parameters: Readonly<Record<string, string>>,
): Page {
  const words = texts[language]
  const { redirectUri, responseMode } = returnPath
  // For whoever builds the application; written for them, not translated.
  const technical = `${parameters['error']}: ${parameters['error_description']}`
  return {
    title: words.leave.title,
    leadsTo: redirectUri,
    main: html`<h1>${words.leave.title}</h1>
      <p>${words.leave.notDone}</p>
      ${warning(redirectUri, words)}
      <p class="code" lang="en">${technical}</p>
      ${
        responseMode === 'form_post'
          ? postOn(redirectUri, parameters, words)
          : wayOn(addressOfAnswer(returnPath, parameters), words)
      }
      <p class="next"><a href="/account">${words.error.toStart}</a></p>`,
  }
}

/** Which site it is, in the one way in which nobody can pass for another. */
export function warning(address: string, { leave }: Texts): Html {
  const host = hostOfAddress(address)
  if (host === null) return html`<p class="hint">${leave.toProgram}</p>`
  return html`<p class="lead"><strong>${host}</strong></p>
    <p class="hint">${leave.toHost(host)}</p>`
}

export function wayOn(address: string, { leave }: Texts): Html {
  return html`<p class="next">
    <a class="button quiet" href="${address}" rel="noreferrer">${leave.submit}</a>
  </p>`
}

function postOn(
  redirectUri: string,
  parameters: Readonly<Record<string, string>>,
  { leave }: Texts,
): Html {
  const fields = Object.entries(parameters).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )
  return html`<form method="post" action="${redirectUri}">
    ${fields}
    <button type="submit" class="quiet">${leave.submit}</button>
  </form>`
}
