import type { UnixSeconds } from '../domain/time.ts'
import { html, type Html } from './html.ts'
import type { Language } from './language.ts'

const formats = { en: formatOf('en'), ko: formatOf('ko') }

function formatOf(language: Language): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
}

/** An instant, in UTC; where scripts run they show it in the reader's own time zone. */
export function instant(at: UnixSeconds, language: Language): Html {
  const date = new Date(at * 1000)
  return html`<time datetime="${date.toISOString()}">${formats[language].format(date)} UTC</time>`
}
