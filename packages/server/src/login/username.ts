/** Longest user name and longest key, in code points after normalisation. */
export const USERNAME_MAX_CHARACTERS = 64

/** Longer input is refused unread. Room for 64 characters in any decomposed or astral spelling. */
export const USERNAME_MAX_RAW_UNITS = 256

const explanations = {
  empty: 'Choose a user name.',
  too_long: `A user name has at most ${USERNAME_MAX_CHARACTERS} characters.`,
  malformed_text: 'This user name is not well-formed Unicode text.',
  invisible_character:
    'A user name cannot hold control characters, invisible characters or unassigned ones.',
  white_space: 'Inside a user name only single plain spaces are allowed.',
  stray_mark: 'A user name cannot begin with a combining mark.',
  no_letter_or_digit: 'A user name needs at least one letter or digit.',
} as const

export type UsernameRefusal = keyof typeof explanations

export type ParsedUsername =
  | {
      readonly ok: true
      /** As the user wrote it, trimmed and in NFKC. */
      readonly username: string
      /** The identity: equal for all spellings of one name. */
      readonly usernameKey: string
    }
  | { readonly ok: false; readonly reason: UsernameRefusal; readonly explanation: string }

// Cc, Cf, Cs, Co, Cn, Zl and Zp, then what is drawn as nothing although Unicode calls it a letter,
// a mark or a symbol: default ignorables (Hangul fillers, variation selectors), blank Braille, the
// null notehead; and what a decoder leaves behind where text was damaged.
const INVISIBLE =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}\u{1D159}\u{FFFC}\u{FFFD}]/u
const ODD_SPACE = / {2}|(?! )\p{Zs}/u
const LEADING_MARK = /^\p{M}/u
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u

/**
 * Turns what someone typed as a user name into the name and its identity key.
 *
 * The name is trimmed and in NFKC. The key is the name folded until it stays the same: each code
 * point to upper and then lower case without any locale (at least as coarse as Unicode's default
 * folding, for which JavaScript has no function), the dot over i and j dropped, NFKC again. So `Straße` is `STRASSE`, final sigma is sigma, all four Turkish i's are one, full-width
 * letters are plain ones and Hangul typed as Jamo is its syllables. The key of a key is itself.
 *
 * At sign-up tell the user `explanation`. At sign-in a refused name is nobody's name: answer it
 * like any unknown user.
 */
export function parseUsername(text: string): ParsedUsername {
  if (text.length > USERNAME_MAX_RAW_UNITS) return refuse('too_long')
  if (!text.isWellFormed()) return refuse('malformed_text')
  // Trimmed after NFKC too: it turns many characters into spaces.
  const username = text.trim().normalize('NFKC').trim()
  if (username === '') return refuse('empty')
  if (INVISIBLE.test(username)) return refuse('invisible_character')
  if (ODD_SPACE.test(username)) return refuse('white_space')
  if (LEADING_MARK.test(username)) return refuse('stray_mark')
  if (!LETTER_OR_DIGIT.test(username)) return refuse('no_letter_or_digit')
  const usernameKey = foldSpelling(username)
  if (isTooLong(username) || isTooLong(usernameKey)) return refuse('too_long')
  return { ok: true, username, usernameKey }
}

/** Takes away what sets the spellings of one name apart; see `parseUsername`. Idempotent. */
export function foldSpelling(text: string): string {
  // Folded on decomposed text, where a dot above stands apart from its letter, and until nothing
  // changes, because folding and normalising disturb each other.
  const next = Array.from(text.normalize('NFKD'), (character) => character.toUpperCase())
    .flatMap((upper) => Array.from(upper, (character) => character.toLowerCase()))
    .join('')
    .normalize('NFKD')
    .replaceAll(/([ij]\p{M}*?)\u0307/gu, '$1')
    .normalize('NFKC')
  return next === text ? text : foldSpelling(next)
}

function isTooLong(text: string): boolean {
  return Array.from(text).length > USERNAME_MAX_CHARACTERS
}

function refuse(reason: UsernameRefusal): ParsedUsername {
  return { ok: false, reason, explanation: explanations[reason] }
}
