import type { Clock } from './time.ts'

declare const kind: unique symbol

/** 22 base64url characters: a UUIDv7 without its dashes and hexadecimal. */
type Id<Kind extends string> = string & { readonly [kind]: Kind }

export type UserId = Id<'UserId'>
export type SessionId = Id<'SessionId'>
export type BrowserSessionId = Id<'BrowserSessionId'>

/** Returns that many unpredictable bytes. */
export type Random = (byteCount: number) => Uint8Array

const ID_PATTERN = /^[A-Za-z0-9_-]{21}[AQgw]$/

/** Whether untrusted text has the shape of an identifier; it may still name nothing. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text)
}

/**
 * Makes identifiers: 48 bits of milliseconds, then 74 random bits, so that rows made at the same
 * time lie near each other in an index. Spec: RFC 9562 section 5.7.
 */
export function createId<T extends Id<string>>(clock: Clock, random: Random): T {
  const bytes = Buffer.from(random(16))
  bytes.writeUIntBE(clock.milliseconds(), 0, 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  return bytes.toString('base64url') as T
}
