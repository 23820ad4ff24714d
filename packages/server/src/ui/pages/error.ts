import { errorTable, type MapaeError } from '../../domain/errors.ts'
import { errorText } from '../error-text.ts'
import { html } from '../html.ts'
import type { Language } from '../language.ts'
import type { Page } from '../layout.ts'
import { texts } from '../texts/texts.ts'

/** Says what went wrong, and leads nowhere but to our own pages. */
export function errorPage(error: MapaeError, language: Language): Page {
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
      <p><a href="/account">${words.error.toStart}</a></p>`,
  }
}
