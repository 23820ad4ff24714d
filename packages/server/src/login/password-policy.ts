import { typeOnLatinKeyboard } from './korean-keyboard.ts'
import {
  createPasswordStrengthEstimator,
  type PasswordStrengthEstimator,
} from './password-strength.ts'
import { PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS, parsePassword } from './password-text.ts'
import { foldSpelling } from './username.ts'

export type PasswordRefusal =
  | 'too_short'
  | 'too_long'
  | 'malformed_text'
  | 'contains_username'
  | 'too_common'
  | 'guessable'

export type PasswordVerdict =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly reason: PasswordRefusal
      /** Why, in one or two plain sentences that do not repeat the password. */
      readonly explanation: string
      /** What to do instead; may be empty. */
      readonly suggestions: readonly string[]
    }

export interface PasswordOwner {
  readonly username: string
  readonly email: string | null
}

export interface PasswordPolicy {
  /**
   * Decides whether someone may have this password: 8 to 256 characters after NFC, without their
   * name in it, not common, not easy to guess. Any characters will do, in any mixture.
   *
   * Errors: `server_busy`.
   */
  check(text: string, owner: PasswordOwner, signal?: AbortSignal): Promise<PasswordVerdict>
  /** Ends the thread that estimates strength, if it was ever needed. */
  close(): Promise<void>
}

// What eight random characters are worth to the estimate. Behind Argon2id and throttled sign-in
// this is far out of an online attacker's reach.
const MIN_GUESSES = 1e8

// Shorter names turn up in innocent passwords too often; the estimate still knows them.
const MIN_NAME_CHARACTERS = 4
const MIN_HANGUL_NAME_CHARACTERS = 2
const HANGUL = /\p{Script=Hangul}/u

const USE_WORDS = 'Use four or more words that do not belong together.'

/** The rules for new passwords. Existing ones are never measured against them. */
export function createPasswordPolicy(
  monotonicMilliseconds: () => number,
  estimator: PasswordStrengthEstimator = createPasswordStrengthEstimator(monotonicMilliseconds),
): PasswordPolicy {
  return {
    async check(text, owner, signal) {
      const parsed = parsePassword(text)
      if (!parsed.ok) return parsed.reason === 'too_long' ? tooLong : malformedText
      if (parsed.characterCount < PASSWORD_MIN_CHARACTERS) return tooShort
      const names = namesOf(owner)
      if (containsName(parsed.password, names)) return containsUsername
      const question = { password: parsed.password, personalWords: ['mapae', ...names] }
      const strength = await estimator.estimate(question, signal)
      const explanation = strength.explanation ?? 'This password is easy to guess.'
      const suggestions = strength.suggestions.length > 0 ? strength.suggestions : [USE_WORDS]
      if (strength.isCommon) return { ok: false, reason: 'too_common', explanation, suggestions }
      if (strength.guesses >= MIN_GUESSES) return { ok: true }
      return { ok: false, reason: 'guessable', explanation, suggestions }
    },
    close: () => estimator.close(),
  }
}

const tooShort = refusal(
  'too_short',
  `A password has at least ${PASSWORD_MIN_CHARACTERS} characters.`,
  [USE_WORDS],
)
const tooLong = refusal(
  'too_long',
  `A password has at most ${PASSWORD_MAX_CHARACTERS} characters.`,
  [],
)
const malformedText = refusal(
  'malformed_text',
  'This password is not well-formed Unicode text.',
  [],
)
const containsUsername = refusal(
  'contains_username',
  'This password holds your user name or e-mail address.',
  ['Leave your name out of it.'],
)

function refusal(
  reason: PasswordRefusal,
  explanation: string,
  suggestions: readonly string[],
): PasswordVerdict {
  return { ok: false, reason, explanation, suggestions }
}

/** The names of a person in every spelling an attacker would try, folded. */
function namesOf({ username, email }: PasswordOwner): string[] {
  const whole = [username, email ?? ''].map(foldSpelling)
  const names = whole.flatMap((name) => [name, name.split('@')[0] ?? ''])
  const spellings = names.flatMap((name) => [name, foldSpelling(typeOnLatinKeyboard(name))])
  return [...new Set(spellings)].filter((name) => name !== '')
}

function containsName(password: string, names: readonly string[]): boolean {
  const folded = foldSpelling(password)
  return names.some((name) => {
    const length = Array.from(name).length
    const enough = HANGUL.test(name) ? MIN_HANGUL_NAME_CHARACTERS : MIN_NAME_CHARACTERS
    return length >= enough && folded.includes(name)
  })
}
