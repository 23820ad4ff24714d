import { z } from 'zod'

import { MapaeError } from '../domain/errors.ts'
import { openRoute, type Route } from '../http/route.ts'
import { html } from '../ui/html.ts'
import { chooseLanguage, languageCookie, languages, type Language } from '../ui/language.ts'
import { pageAnswer } from '../ui/page.ts'
import type { ConsoleFiles } from './console-files.ts'
import { originOf } from './local-only.ts'

export const CONSOLE_FOLDER = '/demo/assets'
const FOR_EVER = 'public, max-age=31536000, immutable'

const TITLES: Readonly<Record<'demo' | 'inspector', Readonly<Record<Language, string>>>> = {
  demo: { en: 'Mapae · Demo', ko: 'Mapae · 데모' },
  inspector: { en: 'Mapae · Inspector', ko: 'Mapae · 토큰 검사기' },
}

/** The pages of the console and the files they are made of. */
export function consoleRoutes(
  issuer: string,
  loadFiles: () => Promise<ConsoleFiles>,
): readonly Route[] {
  return [
    // What the demo sends goes to this server.
    pageRoute('demo', issuer, loadFiles, () => "'self'"),
    // The inspector asks for the keys; what was pasted into it cannot go anywhere else.
    pageRoute('inspector', issuer, loadFiles, (origin) => `${origin}/.well-known/jwks.json`),
    fileRoute(loadFiles),
  ]
}

function pageRoute(
  name: keyof typeof TITLES,
  issuer: string,
  loadFiles: () => Promise<ConsoleFiles>,
  connect: (origin: string) => string,
): Route {
  return openRoute({
    method: 'GET',
    path: `/${name}`,
    summary: 'A page of the console, in development',
    query: z.object({ lang: z.enum(languages).optional().catch(undefined) }),
    body: null,
    answers: { 200: null },
    errors: [],
    async handle({ headers, query: { lang } }) {
      const files = await loadFiles()
      const language = chooseLanguage(headers, lang)
      const { script, style } = files.pages[name]!
      const answer = pageAnswer({
        language,
        title: TITLES[name][language],
        style: `${CONSOLE_FOLDER}/${style}`,
        script: `${CONSOLE_FOLDER}/${script}`,
        icon: `${CONSOLE_FOLDER}/${files.icon}`,
        facts: { issuer },
        body: html`<div id="page"></div>`,
        connect: connect(originOf(headers)),
      })
      return lang === undefined ? answer : { ...answer, cookies: [languageCookie(lang)] }
    },
  })
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

function fileRoute(loadFiles: () => Promise<ConsoleFiles>): Route {
  return openRoute({
    method: 'GET',
    path: `${CONSOLE_FOLDER}/{name}`,
    summary: 'A file of the console',
    body: null,
    answers: { 200: null },
    errors: ['not_found'],
    async handle({ parameters: { name = '' } }) {
      const { texts } = await loadFiles()
      const text = Object.hasOwn(texts, name) ? texts[name] : undefined
      if (text === undefined) throw new MapaeError('not_found')
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)]!
      return {
        status: 200,
        text,
        headers: { 'Content-Type': type, 'Cache-Control': FOR_EVER },
      }
    },
  })
}
