import type { Client } from '../../domain/client.ts'
import { errorTable, type MapaeError } from '../../domain/errors.ts'
import { errorText } from '../error-text.ts'
import { isOperatorsClient } from '../../oauth/registration/who-registered.ts'
import { html, type Html } from '../html.ts'
import type { Language } from '../language.ts'
import type { Page } from '../layout.ts'
import { texts, type Texts } from '../texts/texts.ts'
import { isWebAddress } from '../web-address.ts'

/**
 * Says what went wrong, and leads nowhere but to our own pages, or to the home page that an
 * operator registered for `client`, the one that the user has to go back to.
 */
export function errorPage(error: MapaeError, client: Client | null, language: Language): Page {
  const words = texts[language]
  const { detail } = error.details
  // For whoever builds the application; written for them, not translated.
  const technical = detail === undefined ? error.code : `${error.code}: ${detail}`
  return {
    title: words.error.title,
    status: errorTable[error.code].status,
    main: html`<h1>${words.error.title}</h1>
      <p>${errorText(error, words)}</p>
      <p class="code" lang="en">${technical}</p>
      ${client === null ? null : wayBack(client, words)}
      <p class="next"><a href="/account">${words.error.toStart}</a></p>`,
  }
}

/** Null for a client that no operator made known: its name and address are its own choice. */
function wayBack({ id, name, homepageUri }: Client, { error }: Texts): Html | null {
  if (homepageUri === null || !isWebAddress(homepageUri) || !isOperatorsClient(id)) return null
  return html`<p class="next">
      <a class="button quiet" href="${homepageUri}" rel="noreferrer">${error.toClient(name)}</a>
    </p>
    <p class="hint">${new URL(homepageUri).host}</p>`
}
