import { readCookie } from '../http/cookie.ts'

export const languages = ['en', 'ko'] as const
export type Language = (typeof languages)[number]

const COOKIE = 'mapae_language'
const ACCEPTED = /^\s*([a-z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/i

/**
 * The language of a page: what the switch says, else what it said before, else what the browser
 * prefers of those that are there. Spec: RFC 9110 section 12.5.4.
 */
export function chooseLanguage(headers: Headers, asked: string | undefined): Language {
  return (
    find(asked) ?? find(readCookie(headers, COOKIE)) ?? preferred(headers.get('accept-language'))
  )
}

/** `Set-Cookie` that remembers the choice. No secret: scripts of the pages may set it too. */
export function languageCookie(language: Language): string {
  return `${COOKIE}=${language}; Path=/; SameSite=Lax; Max-Age=31536000`
}

function find(name: string | null | undefined): Language | undefined {
  return languages.find((language) => language === name)
}

function preferred(accepted: string | null): Language {
  const [best] = (accepted ?? '')
    .split(',')
    .flatMap((part) => {
      const [, name, quality] = ACCEPTED.exec(part) ?? []
      const language = find(name?.toLowerCase())
      return language === undefined ? [] : [{ language, quality: Number(quality ?? 1) }]
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
  return best?.language ?? 'en'
}
