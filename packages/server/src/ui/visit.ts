import type { BrowserSession } from '../domain/browser-session.ts'
import { MapaeError } from '../domain/errors.ts'
import type { Random } from '../domain/ids.ts'
import type { UserStore } from '../domain/ports.ts'
import type { User } from '../domain/user.ts'
import type { BrowserSessionCookie } from '../http/browser-session-cookie.ts'
import { readCookie } from '../http/cookie.ts'
import type { OriginCheck } from '../http/origin-check.ts'
import type { FailedRequest } from '../http/route.ts'
import type { BrowserSessions } from '../login/browser-session.ts'
import type { FormTokens } from './form-token.ts'
import { chooseLanguage, isLanguage, languageCookie, languages, type Language } from './language.ts'
import type { Reader } from './layout.ts'

const FORM_SECRET_BYTES = 16

/** Who is at the browser, as far as it is known. */
export interface Visit {
  /** Null when nobody is signed in. */
  readonly signedIn: { readonly session: BrowserSession; readonly user: User } | null
  readonly language: Language
  /** For the forms of the answer. */
  readonly formToken: string
  /** To be set with the answer. */
  readonly cookies: readonly string[]
}

export interface Visits {
  /** Errors: `invalid_request` when a cookie comes twice. */
  of(
    headers: Headers,
    wishes: { readonly lang: string | null; readonly uiLocales: readonly string[] },
  ): Promise<Visit>
  /** Who reads a page that has no query of its own, such as one that tells of an error. */
  readerOf(request: FailedRequest): Reader & Pick<Visit, 'cookies'>
  /** Errors: `form_refused` unless the form is one of ours, sent by the browser that got it. */
  checkForm(headers: Headers, formToken: string): void
}

export interface VisitServices {
  readonly issuer: string
  readonly browserSessions: BrowserSessions
  readonly users: UserStore
  readonly sessionCookie: BrowserSessionCookie
  readonly formTokens: FormTokens
  readonly checkOrigin: OriginCheck
  readonly random: Random
}

export function createVisits(services: VisitServices): Visits {
  const { browserSessions, users, sessionCookie, formTokens, checkOrigin, random } = services
  const isSecure = services.issuer.startsWith('https:')
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  const formCookie = isSecure ? '__Host-mapae_form' : 'mapae_form'

  async function whoIs(secret: string | null): Promise<Visit['signedIn']> {
    const session = secret === null ? null : await browserSessions.find(secret)
    const user = session === null ? null : await users.find(session.userId)
    return session === null || user === null ? null : { session, user }
  }

  return {
    async of(headers, { lang, uiLocales }) {
      const held = holdingOf(headers)
      const made = held === null ? Buffer.from(random(FORM_SECRET_BYTES)).toString('base64url') : ''
      return {
        signedIn: await whoIs(sessionCookie.read(headers)),
        language: chooseLanguage(headers, lang ?? undefined, uiLocales),
        formToken: formTokens.make(held ?? `form ${made}`),
        cookies: [
          ...(held === null ? [`${formCookie}=${made}; ${attributes}`] : []),
          ...(isLanguage(lang) ? [languageCookie(lang)] : []),
        ],
      }
    },

    readerOf({ method, search, headers }) {
      const parameters = new URLSearchParams(search)
      const lang = parameters.get('lang')
      parameters.delete('lang')
      return {
        language: languageOf(headers, lang),
        // Without its path, which others may have written: browsers add it. Where a form led there is
        // nothing to come back to.
        here: method === 'GET' || method === 'HEAD' ? `?${parameters.toString()}` : null,
        cookies: isLanguage(lang) ? [languageCookie(lang)] : [],
      }
    },

    checkForm(headers, formToken) {
      try {
        checkOrigin(withoutNullOrigin(headers))
      } catch (cause) {
        throw new MapaeError('form_refused', { cause })
      }
      const held = holdingOf(headers)
      if (held === null || !formTokens.check(formToken, held)) throw new MapaeError('form_refused')
    },
  }

  /**
   * What only this browser holds. The session counts before the form's own cookie, so that a token
   * from before the sign-in is worth nothing after it.
   */
  function holdingOf(headers: Headers): string | null {
    const session = sessionCookie.read(headers)
    if (session !== null) return `session ${session}`
    const form = readCookie(headers, formCookie)
    return form === null ? null : `form ${form}`
  }
}

/** Also of requests whose cookies cannot be read. */
function languageOf(headers: Headers, lang: string | null): Language {
  try {
    return chooseLanguage(headers, lang ?? undefined)
  } catch {
    return isLanguage(lang) ? lang : languages[0]
  }
}

/** Under `Referrer-Policy: no-referrer` browsers say "null" of our own forms too. */
function withoutNullOrigin(headers: Headers): Headers {
  if (headers.get('origin') !== 'null') return headers
  const others = new Headers(headers)
  others.delete('origin')
  return others
}
