/** A JWT, encrypted or not, inside whatever was pasted: a header, JSON, a token response. */
const JWT = /[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){2}(?:(?:\.[A-Za-z0-9_-]*){2})?/g
const STARTS_AS_JSON = /^ey/
const MOST_TOKENS = 6

/** Everything in the text that looks like a token; the text itself when nothing does. */
export function findTokens(text: string): readonly string[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  const found = [...trimmed.matchAll(JWT)]
    .map(([token]) => token)
    .filter((token) => STARTS_AS_JSON.test(token))
  return found.length === 0 ? [trimmed] : [...new Set(found)].slice(0, MOST_TOKENS)
}
