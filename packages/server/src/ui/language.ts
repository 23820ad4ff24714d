import { readCookie } from '../http/cookie.ts'

/** Languages of the pages; the first is for whoever wants none of them. */
export const languages = ['en', 'ko'] as const

export type Language = (typeof languages)[number]

const COOKIE = 'mapae_language'
const YEAR_SECONDS = 31_536_000

export function isLanguage(text: string | null | undefined): text is Language {
  return languages.some((language) => language === text)
}

/**
 * The language of a page: what the switch says, else what it said before, else what the application
 * asks for, else what the browser prefers of those that are there.
 * Errors: as `readCookie`.
 */
export function chooseLanguage(
  headers: Headers,
  asked: string | undefined,
  uiLocales: readonly string[] = [],
): Language {
  const chosen = isLanguage(asked) ? asked : readCookie(headers, COOKIE)
  return decideLanguage({ chosen, uiLocales, acceptLanguage: headers.get('accept-language') })
}

/** `Set-Cookie` that remembers the choice. No secret: scripts of the pages may set it too. */
export function languageCookie(language: Language): string {
  return `${COOKIE}=${language}; Path=/; SameSite=Lax; Max-Age=${YEAR_SECONDS}`
}

export interface LanguageWishes {
  /** What the user picked on a page, now or before. */
  readonly chosen: string | null
  /** What the application asks for, the best first. Spec: OpenID Connect Core, `ui_locales`. */
  readonly uiLocales: readonly string[]
  readonly acceptLanguage: string | null
}

/** Decides the language of a page: the user's choice, then the application's, then the browser's. */
export function decideLanguage({ chosen, uiLocales, acceptLanguage }: LanguageWishes): Language {
  if (isLanguage(chosen)) return chosen
  const wanted = [...uiLocales, ...readAcceptLanguage(acceptLanguage ?? '')]
  return wanted.map(languageOf).find((language) => language !== null) ?? languages[0]
}

/** `ko-KR` is Korean. Spec: RFC 4647 section 3.4, lookup. */
function languageOf(tag: string): Language | null {
  const [primary = ''] = tag.trim().toLowerCase().split('-')
  return isLanguage(primary) ? primary : null
}

/** Tags by falling weight; those of weight 0 are not wanted. Spec: RFC 9110 section 12.5.4. */
function readAcceptLanguage(header: string): string[] {
  return header
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';')
      const weight = parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find(Boolean)
      return { tag, weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)
}
