import type { Answer } from '../http/route.ts'
import { html, type Html } from './html.ts'
import type { Language } from './language.ts'

export interface Page {
  readonly language: Language
  readonly title: string
  /** Addresses of the style sheet and, where there is one, of the icon and the script. */
  readonly style: string
  readonly icon?: string
  readonly script?: string
  /** Facts for the script, by name. */
  readonly facts?: Readonly<Record<string, string>>
  readonly body: Html
  /** What scripts of the page may call; by default nothing. */
  readonly connect?: string
}

/** A whole document, with a policy that allows what the page names and nothing else. */
export function pageAnswer(page: Page): Answer {
  const { language, title, style, icon, script, facts = {}, body } = page
  const document = html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${Object.entries(facts).map(([name, fact]) => html`<meta name="mapae-${name}" content="${fact}" />`)}
        <title>${title}</title>
        ${icon === undefined ? null : html`<link rel="icon" href="${icon}" type="image/svg+xml" />`}
        <link rel="stylesheet" href="${style}" />
        ${script === undefined ? null : html`<script type="module" src="${script}"></script>`}
      </head>
      <body>
        ${body}
      </body>
    </html> `
  return { status: 200, html: document.toString(), headers: pageHeaders(page.connect) }
}

/** Spec: CSP Level 3, Trusted Types, HTML on cross-origin isolation. */
function pageHeaders(connect = "'none'"): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      `connect-src ${connect}`,
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    Vary: 'Accept-Language, Cookie',
  }
}
