import { html } from '../html.ts'
import type { Language } from '../language.ts'
import type { Page } from '../layout.ts'
import { texts } from '../texts/texts.ts'

/**
 * Takes an answer to the client: where scripts run at once, else by the button. The answer is all
 * that the form holds. Spec: OAuth 2.0 Form Post Response Mode.
 */
export function formPostPage(
  language: Language,
  redirectUri: string,
  parameters: Readonly<Record<string, string>>,
): Page {
  const words = texts[language].formPost
  const fields = Object.entries(parameters).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )
  return {
    title: words.title,
    leadsTo: redirectUri,
    main: html`<h1>${words.title}</h1>
      <p class="lead">${words.lead(new URL(redirectUri).host)}</p>
      <form method="post" action="${redirectUri}" data-send>
        ${fields}
        <button type="submit" class="primary" autofocus>${words.submit}</button>
      </form>`,
  }
}
