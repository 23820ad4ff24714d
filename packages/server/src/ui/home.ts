import { createHash } from 'node:crypto'

import { z } from 'zod'

import { openRoute, type Route } from '../http/route.ts'
import { html, type Html } from './html.ts'
import { homeStyle } from './home-style.ts'
import { homeTexts, type HomeTexts } from './home-texts.ts'
import { chooseLanguage, languageCookie, languages, type Language } from './language.ts'
import { pageAnswer } from './page.ts'
import { accentsOf } from './theme.ts'

/** A place on this server that the page names, by the name of its text. */
export interface Place {
  readonly text: keyof HomeTexts['places']
  readonly path: string
}

/** Whose server it says that it is. */
export interface HomeBrand {
  readonly name: string
  readonly color: string
  /** Where its logo is. */
  readonly logo: string
}

export interface Home {
  readonly issuer: string
  readonly mode: 'development' | 'production'
  /** Where a person may go, most interesting first. */
  readonly forPeople: readonly Place[]
  /** Null: nobody's but its own. */
  readonly brand: HomeBrand | null
}

const FOR_PROGRAMS: readonly Place[] = [
  { text: 'api', path: '/openapi.json' },
  { text: 'discovery', path: '/.well-known/openid-configuration' },
  { text: 'keys', path: '/.well-known/jwks.json' },
  { text: 'health', path: '/healthz' },
]
const MARK = html`<svg class="mark" viewBox="0 0 64 64" aria-hidden="true">
  <circle cx="32" cy="35" r="27" />
  <circle class="engraved" cx="32" cy="35" r="22" />
  <rect x="26" y="1" width="12" height="12" rx="4" />
  <path
    class="engraved"
    d="M20 46c0-9 2-14 8-18l-1-7 6 4c9 2 13 8 13 14l-5 2-4-4-4 2c1 3 2 5 2 9"
  />
</svg>`
const STYLE_CACHE = 'public, max-age=31536000, immutable'

/** `/`: what this server is and where things are. Works without scripts. */
export function homeRoutes(home: Home): readonly Route[] {
  const style = home.brand === null ? homeStyle : homeStyle + brandStyle(home.brand)
  const hash = createHash('sha256').update(style).digest('hex').slice(0, 8)
  const stylePath = `/assets/home-${hash}.css` as const
  return [
    openRoute({
      method: 'GET',
      path: '/',
      summary: 'What this server is, for people',
      query: z.object({ lang: z.enum(languages).optional().catch(undefined) }),
      body: null,
      answers: { 200: null },
      errors: [],
      handle({ headers, query: { lang } }) {
        const language = chooseLanguage(headers, lang)
        const answer = pageAnswer({
          language,
          title: `${home.brand?.name ?? 'Mapae'} · ${homeTexts[language].modes[home.mode].title}`,
          style: stylePath,
          body: homeBody(home, language),
        })
        return lang === undefined ? answer : { ...answer, cookies: [languageCookie(lang)] }
      },
    }),
    openRoute({
      method: 'GET',
      path: stylePath,
      summary: 'The style of that page',
      body: null,
      answers: { 200: null },
      errors: [],
      handle: () => ({
        status: 200,
        text: style,
        headers: { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': STYLE_CACHE },
      }),
    }),
  ]
}

function homeBody({ issuer, mode, forPeople, brand }: Home, language: Language): Html {
  const texts = homeTexts[language]
  const words = texts.modes[mode]
  return html`<header>
      <a class="name" href="/">${brand === null ? [MARK, 'Mapae'] : [logo(brand), brand.name]}</a>
      <nav aria-label="${texts.language}">
        ${languages.map((one) => languageLink(one, language))}
      </nav>
    </header>
    <main>
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      <p class="issuer"><span>${texts.issuer}</span> <code>${issuer}</code></p>
      ${places(
        words.forPeople,
        'cards',
        forPeople.map((place) => card(place, texts)),
      )}
      ${places(
        texts.forPrograms,
        'rows',
        FOR_PROGRAMS.map((place) => row(place, texts)),
      )}
      ${mode === 'development' ? shell(issuer, texts) : null}
    </main>`
}

function logo({ logo: address }: HomeBrand): Html {
  return html`<img class="logo" src="${address}" alt="" height="30" />`
}

function brandStyle({ color }: HomeBrand): string {
  const { light, dark } = accentsOf(color)
  return `:root { --bronze: light-dark(${light.accent}, ${dark.accent}) }\n`
}

function places(title: string, kind: string, entries: readonly Html[]): Html {
  return html`<section>
    <h2>${title}</h2>
    <ul class="${kind}">
      ${entries}
    </ul>
  </section>`
}

function languageLink(one: Language, current: Language): Html {
  const { name } = homeTexts[one]
  return one === current
    ? html`<a href="/?lang=${one}" lang="${one}" hreflang="${one}" aria-current="true">${name}</a>`
    : html`<a href="/?lang=${one}" lang="${one}" hreflang="${one}">${name}</a>`
}

function card({ text, path }: Place, texts: HomeTexts): Html {
  const { name, about } = texts.places[text]
  return html`<li>
    <a href="${path}"><strong>${name}</strong><span>${about}</span><code>${path}</code></a>
  </li>`
}

function row({ text, path }: Place, texts: HomeTexts): Html {
  const { name, about } = texts.places[text]
  return html`<li>
    <a href="${path}"><code>${path}</code></a
    ><span><strong>${name}.</strong> ${about}</span>
  </li>`
}

function shell(issuer: string, { shellTitle, shellAbout }: HomeTexts): Html {
  const command = [
    `curl ${issuer}/v1/login \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"username":"demo","password":"…"}'`,
  ].join('\n')
  return html`<section>
    <h2>${shellTitle}</h2>
    <p>${shellAbout}</p>
    <pre tabindex="0" aria-label="${shellTitle}"><code>${command}</code></pre>
  </section>`
}
