import { z } from 'zod'

import { MapaeError } from '../domain/errors.ts'
import { openRoute, type Route } from '../http/route.ts'
import { html } from '../ui/html.ts'
import { chooseLanguage, languageCookie, languages } from '../ui/language.ts'
import { pageAnswer } from '../ui/page.ts'
import type { ConsoleFiles } from './console-files.ts'
import { CONSOLE_FOLDER } from './console-routes.ts'
import { renderMarkdown } from './markdown.ts'
import { plainHeader } from './plain-header.ts'

/** The documentation, for the demo to link the rules that it shows. */
export function docsRoute(loadFiles: () => Promise<ConsoleFiles>): Route {
  return openRoute({
    method: 'GET',
    path: '/demo/docs/{name}',
    summary: 'A page of the documentation',
    query: z.object({ lang: z.enum(languages).optional().catch(undefined) }),
    body: null,
    answers: { 200: null },
    errors: ['not_found'],
    async handle({ headers, parameters: { name = '' }, query: { lang } }) {
      const { docs, docsStyle, icon } = await loadFiles()
      const language = chooseLanguage(headers, lang)
      const pages = docs[language]
      const text = Object.hasOwn(pages, name) ? pages[name]! : undefined
      if (text === undefined) throw new MapaeError('not_found')
      const answer = pageAnswer({
        language,
        title: `Mapae · ${name}`,
        style: `${CONSOLE_FOLDER}/${docsStyle}`,
        icon: `${CONSOLE_FOLDER}/${icon}`,
        body: html`${plainHeader('/demo', `/demo/docs/${name}`, language)}
          <main>${renderMarkdown(text)}</main>`,
      })
      return lang === undefined ? answer : { ...answer, cookies: [languageCookie(lang)] }
    },
  })
}
