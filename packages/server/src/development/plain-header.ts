import { html, type Html } from '../ui/html.ts'
import { languages, type Language } from '../ui/language.ts'

const BACK = {
  '/': { en: 'Start page', ko: '첫 화면' },
  '/demo': { en: 'Back to the demo', ko: '데모로 돌아가기' },
} as const
const NAMES = { en: 'English', ko: '한국어' } as const
const SWITCH = { en: 'Language', ko: '언어' } as const

/** The head of a page that works without scripts: where it belongs, and the switch of languages. */
export function plainHeader(back: keyof typeof BACK, here: string, language: Language): Html {
  const links = languages.map(
    (one) => html`<a href="${here}?lang=${one}" lang="${one}" hreflang="${one}">${NAMES[one]}</a>`,
  )
  return html`<header class="bar">
    <a href="${back}">← ${BACK[back][language]}</a>
    <nav class="languages" aria-label="${SWITCH[language]}">${links}</nav>
  </header>`
}
