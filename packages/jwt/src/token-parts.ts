import { StrictJsonError, parseScanned, type JsonObject } from './strict-json.ts'
import { OptionError, TokenError } from './errors.ts'
import { decodePart } from '#platform'

/** Longest token read by default, in characters. */
const defaultMaxTokenLength = 8192
const greatestMaxTokenLength = 1_048_576

/** @internal */
export function checkMaxTokenLength(length: number | undefined): number {
  if (length === undefined) return defaultMaxTokenLength
  if (!Number.isInteger(length) || length < 16 || length > greatestMaxTokenLength) {
    throw new OptionError('option_invalid', 'maxTokenLength')
  }
  return length
}

/** A decoded part: its text, and its UTF-8 as the first `length` of `bytes`. */
export interface DecodedPart {
  readonly text: string
  readonly bytes: Uint8Array
  readonly length: number
}

/** Where the second dot is, after checking that there are exactly two and nothing is empty. */
export function findSecondDot(token: string, firstDot: number): number {
  const secondDot = token.indexOf('.', firstDot + 1)
  if (
    firstDot < 1 ||
    secondDot < firstDot + 2 ||
    secondDot === token.length - 1 ||
    token.indexOf('.', secondDot + 1) !== -1
  ) {
    throw new TokenError('token_malformed')
  }
  return secondDot
}

/** Decode and parse the header or the payload. */
export function parsePart(part: string, freeze: boolean): JsonObject {
  const { text, bytes, length } = decodePart(part)
  try {
    return parseScanned(text, bytes, length, 64, freeze)
  } catch (error) {
    if (error instanceof StrictJsonError) throw new TokenError(error.code)
    throw error
  }
}
