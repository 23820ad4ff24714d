import type { Argon2Parameters } from './argon2-engine.ts'

/** A stored password hash, taken apart. */
export interface PasswordHash {
  readonly parameters: Argon2Parameters
  readonly salt: Uint8Array
  readonly tag: Uint8Array
}

// A damaged or planted row must not be able to order hours of work: one check may take at most 256
// MiB, and about 27 times the work of the default parameters.
const MAX_MEMORY_KIBIBYTES = 262_144
const MAX_MEMORY_PASSES_KIBIBYTES = 1_048_576
const MAX_LANES = 16

const FORM =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** Writes the hash as a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. */
export function formatPasswordHash({ parameters, salt, tag }: PasswordHash): string {
  const { memoryKibibytes, passes, lanes } = parameters
  const cost = `m=${memoryKibibytes},t=${passes},p=${lanes}`
  return `$argon2id$v=19$${cost}$${toBase64(salt)}$${toBase64(tag)}`
}

/** Reads a PHC string; null when it is malformed, not Argon2id 0x13, or asks for too much work. */
export function parsePasswordHash(text: string): PasswordHash | null {
  const match = FORM.exec(text)
  if (match === null) return null
  const [, memory, passes, lanes, saltText, tagText] = match as unknown as string[]
  const parameters = {
    memoryKibibytes: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
  }
  const salt = fromBase64(saltText!)
  const tag = fromBase64(tagText!)
  if (salt === null || tag === null || !areAffordable(parameters)) return null
  return { parameters, salt, tag }
}

/** Whether this server is willing to spend what the parameters ask for. */
export function areAffordable({ memoryKibibytes, passes, lanes }: Argon2Parameters): boolean {
  return (
    [memoryKibibytes, passes, lanes].every((cost) => Number.isSafeInteger(cost) && cost >= 1) &&
    memoryKibibytes <= MAX_MEMORY_KIBIBYTES &&
    memoryKibibytes * passes <= MAX_MEMORY_PASSES_KIBIBYTES &&
    lanes <= MAX_LANES &&
    // RFC 9106, section 3.1: memory is at least 8 KiB a lane.
    memoryKibibytes >= 8 * lanes
  )
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '')
}

// One spelling for each value: bits left over at the end must be zero.
function fromBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64')
  return toBase64(bytes) === text ? bytes : null
}
