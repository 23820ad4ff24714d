import { decodeUnverified } from '@mapae/jwt'

export type JsonRecord = Readonly<Record<string, unknown>>

/** A token taken apart, which says nothing about its truth. */
export interface DecodedToken {
  readonly text: string
  readonly parts: readonly string[]
  readonly header: JsonRecord | null
  /** Null when it cannot be read: encrypted, or no JSON. */
  readonly claims: JsonRecord | null
  /** Whether it has the exact form that verifiers ask for. */
  readonly isStrict: boolean
}

/** Takes apart what looks like a token, also one that a verifier would not even read. */
export function decodeToken(text: string): DecodedToken {
  const parts = text.split('.')
  try {
    const { header, claims } = decodeUnverified(text)
    return { text, parts, header, claims, isStrict: true }
  } catch {
    const [header, claims] = parts
    return {
      text,
      parts,
      header: looseJson(header ?? ''),
      claims: parts.length === 5 ? null : looseJson(claims ?? ''),
      isStrict: false,
    }
  }
}

function looseJson(part: string): JsonRecord | null {
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/').replaceAll('=', ''))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonRecord)
      : null
  } catch {
    return null
  }
}

/** The value of a member as text: as it is, or as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

export const PART_NAMES = ['header', 'payload', 'signature'] as const
