import type { Answer } from '../http/route.ts'
import type { Assets } from './assets.ts'
import { html, type Html } from './html.ts'
import { languages, type Language } from './language.ts'
import { texts } from './texts/texts.ts'
import type { Brand } from './theme.ts'

/** Long enough for what is loaded unseen. */
const GO_ON_SECONDS = 2

/** What a page says; the layout adds what every page has. */
export interface Page {
  readonly title: string
  readonly main: Html
  readonly status?: number
  readonly cookies?: readonly string[]
  /** The address elsewhere, checked before, that its forms lead to in the end. */
  readonly leadsTo?: string | null
  /** Addresses that the browser loads unseen, and where it goes on a moment later. */
  readonly farewell?: { readonly load: readonly string[]; readonly goOnTo: string }
  /** More room: for lists. */
  readonly isWide?: boolean
}

/** Who reads it, and where it is: path and query, for the switch of languages. */
export interface Reader {
  readonly language: Language
  readonly here: string | null
}

export interface Layout {
  (page: Page, reader: Reader): Answer
}

export function createLayout(brand: Pick<Brand, 'name'>, assets: Assets): Layout {
  return (page, reader) => {
    const { title, main, status = 200, cookies = [], farewell, isWide } = page
    const { language } = reader
    const words = texts[language]
    const document = html`<!doctype html>
      <html lang="${language}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>${title} · ${brand.name}</title>
          ${farewell === undefined ? null : goOn(farewell.goOnTo)}
          <link rel="icon" href="${assets.logo}" />
          <link rel="stylesheet" href="${assets.stylesheet}" />
          <script type="module" src="${assets.script}"></script>
        </head>
        <body>
          <a class="skip" href="#main">${words.skipToContent}</a>
          <header class="brand">
            <img src="${assets.logo}" alt="" width="40" height="40" /><span>${brand.name}</span>
          </header>
          <main id="main" class="card${isWide === true ? ' wide' : ''}" tabindex="-1">${main}</main>
          <footer>${languageSwitch(reader)}</footer>
          ${(farewell?.load ?? []).map(frame)}
        </body>
      </html> `
    return {
      status,
      html: document.toString(),
      cookies,
      headers: {
        'Content-Language': language,
        'Content-Security-Policy': contentSecurityPolicy(page),
        'X-Frame-Options': 'DENY',
      },
    }
  }
}

function languageSwitch({ language, here }: Reader): Html | null {
  if (here === null) return null
  const [path, query] = here.split('?', 2)
  const links = languages.map((other) => {
    const { languageName } = texts[other]
    if (other === language) return html`<li><span aria-current="true">${languageName}</span></li>`
    const parameters = new URLSearchParams(query)
    parameters.set('lang', other)
    const target = `${path}?${parameters.toString()}`
    return html`<li>
      <a href="${target}" lang="${other}" hreflang="${other}">${languageName}</a>
    </li>`
  })
  return html`<nav aria-label="${texts[language].switchLanguage}">
    <ul class="languages">
      ${links}
    </ul>
  </nav>`
}

/**
 * Nothing but our own stylesheet, module and logo. Chromium holds every address that the answer to
 * a form leads through to `form-action`, and an application sends its user on from the address that
 * it registered to any other; so what is named is the scheme.
 * Spec: CSP level 3, Trusted Types.
 */
function contentSecurityPolicy({ leadsTo = null, farewell }: Page): string {
  const frames = farewell?.load ?? []
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action 'self'${leadsTo === null ? '' : ` ${new URL(leadsTo).protocol}`}`,
    ...(frames.length === 0 ? [] : [`frame-src ${originsOf(frames).join(' ')}`]),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

/** Of somebody else: it may reach what it keeps in the browser, and must not lead the page away. */
function frame(url: string): Html {
  return html`<iframe
    src="${url}"
    sandbox="allow-scripts allow-same-origin"
    hidden
    title=""
  ></iframe>`
}

/** Works without scripts too. */
function goOn(target: string): Html {
  return html`<meta http-equiv="refresh" content="${GO_ON_SECONDS};url=${target}" />`
}

function originsOf(urls: readonly string[]): readonly string[] {
  return [...new Set(urls.map((url) => new URL(url).origin))]
}
