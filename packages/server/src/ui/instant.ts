import type { UnixSeconds } from '../domain/time.ts'
import { html, type Html } from './html.ts'
import type { Language } from './language.ts'

const formats = new Map<Language, Intl.DateTimeFormat>()

/** Made when it is first needed: it takes 6 MiB, which a server that shows no page does not have. */
function formatOf(language: Language): Intl.DateTimeFormat {
  let format = formats.get(language)
  if (format === undefined) {
    const style = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' } as const
    format = new Intl.DateTimeFormat(language, style)
    formats.set(language, format)
  }
  return format
}

/** An instant, in UTC; where scripts run they show it in the reader's own time zone. */
export function instant(at: UnixSeconds, language: Language): Html {
  const date = new Date(at * 1000)
  return html`<time datetime="${date.toISOString()}">${formatOf(language).format(date)} UTC</time>`
}
