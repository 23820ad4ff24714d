import { z } from 'zod'

import type { SentMail } from '../domain/mail.ts'
import { openRoute, type Route } from '../http/route.ts'
import { html, type Html } from '../ui/html.ts'
import { chooseLanguage, languageCookie, languages, type Language } from '../ui/language.ts'
import { pageAnswer } from '../ui/page.ts'
import type { ConsoleFiles } from './console-files.ts'
import { plainHeader } from './plain-header.ts'
import { CONSOLE_FOLDER } from './console-routes.ts'

const WORDS = {
  en: {
    title: 'Mail',
    about: 'What this server would have sent: nothing leaves this machine. Reload to see more.',
    none: 'Nothing yet. Sign up with an e-mail address, then change the password or sign in from another browser.',
    to: 'To',
  },
  ko: {
    title: '메일',
    about:
      '이 서버가 보냈을 메일입니다. 실제로는 이 컴퓨터 밖으로 나가지 않습니다. 새로 고치면 더 볼 수 있습니다.',
    none: '아직 없습니다. 이메일 주소로 가입한 뒤 비밀번호를 바꾸거나 다른 브라우저에서 로그인해 보세요.',
    to: '받는 사람',
  },
} as const

/** Mail that was caught. */
export function mailRoute(
  listMail: () => Promise<readonly SentMail[]>,
  loadFiles: () => Promise<ConsoleFiles>,
): Route {
  return openRoute({
    method: 'GET',
    path: '/mail',
    summary: 'Mail that this server would have sent',
    query: z.object({ lang: z.enum(languages).optional().catch(undefined) }),
    body: null,
    answers: { 200: null },
    errors: [],
    async handle({ headers, query: { lang } }) {
      const { docsStyle, icon } = await loadFiles()
      const language = chooseLanguage(headers, lang)
      const answer = pageAnswer({
        language,
        title: `Mapae · ${WORDS[language].title}`,
        style: `${CONSOLE_FOLDER}/${docsStyle}`,
        icon: `${CONSOLE_FOLDER}/${icon}`,
        body: html`${plainHeader('/', '/mail', language)}
          <main>${mailBody(await listMail(), language)}</main>`,
      })
      return lang === undefined ? answer : { ...answer, cookies: [languageCookie(lang)] }
    },
  })
}

function mailBody(mails: readonly SentMail[], language: Language): Html {
  const { title, about, none, to } = WORDS[language]
  const entries = mails.map(
    (mail) =>
      html`<article class="sheet mail">
        <h2>${mail.subject}</h2>
        <p class="quiet">${to}: ${mail.to} · ${new Date(mail.sentAt * 1000).toISOString()}</p>
        <pre tabindex="0">${mail.text}</pre>
      </article>`,
  )
  return html`<h1>${title}</h1>
    <p class="lead">${about}</p>
    ${entries.length === 0 ? html`<p>${none}</p>` : entries}`
}
