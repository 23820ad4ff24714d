/** Shortest and longest password, in code points after Unicode NFC. */
export const PASSWORD_MIN_CHARACTERS = 8
export const PASSWORD_MAX_CHARACTERS = 256

/** Longer input is refused unread. Room for 256 characters in any decomposed or astral spelling. */
export const PASSWORD_MAX_RAW_UNITS = 1024

export type ParsedPassword =
  | { readonly ok: true; readonly password: string; readonly characterCount: number }
  | { readonly ok: false; readonly reason: 'too_long' | 'malformed_text' }

/**
 * Brings a typed password to NFC, so that it is the same on every keyboard, and bounds it. This is
 * the only place where a password changes. White space counts and stays.
 */
export function parsePassword(text: string): ParsedPassword {
  if (text.length > PASSWORD_MAX_RAW_UNITS) return { ok: false, reason: 'too_long' }
  if (!text.isWellFormed()) return { ok: false, reason: 'malformed_text' }
  const password = text.normalize('NFC')
  const characterCount = Array.from(password).length
  if (characterCount > PASSWORD_MAX_CHARACTERS) return { ok: false, reason: 'too_long' }
  return { ok: true, password, characterCount }
}
