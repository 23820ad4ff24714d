import { OptionError, type TokenErrorCode } from './errors.ts'
import { explain } from '#platform'

/** Why a text was refused. */
export type StrictJsonErrorCode = Extract<TokenErrorCode, 'utf8_invalid' | `json_${string}`>

/** A text was refused by {@link parseJsonObject}. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError'
  readonly code: StrictJsonErrorCode

  constructor(code: StrictJsonErrorCode) {
    super(explain(code))
    this.code = code
  }
}

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject
export interface JsonObject {
  [member: string]: JsonValue
}

export interface StrictJsonOptions {
  /** Levels of nesting allowed, 1 to 64; a flat object has one. Default 64. */
  readonly maxDepth?: number
  /** Freeze the object and all in it. Default false. */
  readonly freeze?: boolean
}

const deepest = 64

/**
 * Parse one JSON object, accepting only what every parser would read alike.
 *
 * Spec: RFC 8259, RFC 7493 (I-JSON) §2.
 * Errors ({@link StrictJsonError}): `utf8_invalid`, `json_invalid`, `json_not_object`,
 * `json_duplicate_member` (at any depth, escaped names too), `json_too_deep`,
 * `json_forbidden_member` (`__proto__`), `json_lone_surrogate`; `option_invalid` ({@link OptionError}).
 */
export function parseJsonObject(
  input: string | Uint8Array,
  options?: StrictJsonOptions,
): JsonObject {
  const maxDepth = options?.maxDepth ?? deepest
  if (!Number.isInteger(maxDepth) || maxDepth < 1 || maxDepth > deepest) {
    throw new OptionError('option_invalid', 'maxDepth')
  }
  const bytes = typeof input === 'string' ? encoder.encode(input) : input
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  if (!text.isWellFormed()) throw new StrictJsonError('json_lone_surrogate')
  return parseScanned(text, bytes, bytes.length, maxDepth, options?.freeze === true)
}

/**
 * {@link parseJsonObject} on a well-formed text and its UTF-8 bytes, which are the first `length`
 * of `bytes`: JSON.parse is fastest on text, and looking for structure is fastest on bytes.
 */
export function parseScanned(
  text: string,
  bytes: Uint8Array,
  length: number,
  maxDepth: number,
  freeze: boolean,
): JsonObject {
  const shape = scan(bytes, length, maxDepth)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new StrictJsonError('json_invalid')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new StrictJsonError('json_not_object')
  }
  // JSON.parse keeps one of each name, so fewer members than colons means that a name was repeated.
  if (settle(value, freeze) !== shape >>> 1) throw new StrictJsonError('json_duplicate_member')
  if ((shape & 1) === 1) refuseLoneSurrogates(value)
  return value as JsonObject
}

/**
 * Counts the colons outside strings and watches the depth, in one pass that also serves texts
 * that are not JSON: JSON.parse refuses those afterwards.
 * Returns twice the count, plus one when escapes may stand for lone surrogates.
 */
function scan(bytes: Uint8Array, length: number, maxDepth: number): number {
  let colons = 0
  let depth = 0
  let hasEscapes = 0
  for (let index = 0; index < length; index++) {
    const byte = bytes[index]!
    if (byte === 0x22) {
      for (index++; index < length && bytes[index] !== 0x22; index++) {
        if (bytes[index] === 0x5c) {
          index++
          hasEscapes = 1
        }
      }
    } else if (byte === 0x3a) colons++
    else if ((byte | 0x20) === 0x7b) {
      if (++depth > maxDepth) throw new StrictJsonError('json_too_deep')
    } else if ((byte | 0x20) === 0x7d) depth--
  }
  return colons * 2 + hasEscapes
}

/** Counts the members at all depths, refuses `__proto__`, and freezes where asked. */
function settle(value: object, freeze: boolean): number {
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (typeof item === 'object' && item !== null) members += settle(item, freeze)
    }
  } else {
    // Object.keys and not for-in: a polluted Object.prototype must not change the count.
    const names = Object.keys(value)
    members = names.length
    for (const name of names) {
      if (name === '__proto__') throw new StrictJsonError('json_forbidden_member')
      const item = (value as Record<string, unknown>)[name]
      if (typeof item === 'object' && item !== null) members += settle(item, freeze)
    }
  }
  if (freeze) Object.freeze(value)
  return members
}

function refuseLoneSurrogates(value: unknown): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new StrictJsonError('json_lone_surrogate')
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      refuseLoneSurrogates(name)
      refuseLoneSurrogates(item)
    }
  }
}

const encoder = /* @__PURE__ */ new TextEncoder()
const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new StrictJsonError('utf8_invalid')
  }
}
