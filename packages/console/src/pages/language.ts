import { signal } from '@preact/signals'

export type Language = 'en' | 'ko'

/** The same words in each language. */
export type Text = Readonly<Record<Language, string>>

/** The language of the page: the server chose it, the switch changes it. */
export const language = signal<Language>(document.documentElement.lang === 'ko' ? 'ko' : 'en')

export function say(text: Text): string {
  return text[language.value]
}

export function switchLanguage(chosen: Language): void {
  language.value = chosen
  document.documentElement.lang = chosen
  document.cookie = `mapae_language=${chosen}; Path=/; SameSite=Lax; Max-Age=31536000`
}

/** Words that are the same everywhere: names, codes. */
export function same(text: string): Text {
  return { en: text, ko: text }
}

const UNITS: readonly { seconds: number; text: Text }[] = [
  { seconds: 86_400, text: { en: ' d', ko: '일' } },
  { seconds: 3600, text: { en: ' h', ko: '시간' } },
  { seconds: 60, text: { en: ' min', ko: '분' } },
  { seconds: 1, text: { en: ' s', ko: '초' } },
]

/** `8 min 12 s`: the two largest units. */
export function duration(seconds: number): Text {
  return { en: durationIn('en', seconds), ko: durationIn('ko', seconds) }
}

function durationIn(chosen: Language, seconds: number): string {
  let rest = Math.abs(Math.round(seconds))
  const parts: string[] = []
  for (const unit of UNITS) {
    const count = Math.floor(rest / unit.seconds)
    rest -= count * unit.seconds
    if (count > 0) parts.push(`${count}${unit.text[chosen]}`)
  }
  return parts.slice(0, 2).join(' ') || `0${UNITS.at(-1)!.text[chosen]}`
}
