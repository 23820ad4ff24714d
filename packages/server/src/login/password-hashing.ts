import { timingSafeEqual } from 'node:crypto'
import type { Random } from '../domain/ids.ts'
import type { Argon2Engine, Argon2Parameters } from './argon2-engine.ts'
import {
  type PasswordHash,
  areAffordable,
  formatPasswordHash,
  parsePasswordHash,
} from './password-hash-string.ts'
import { parsePassword } from './password-text.ts'
import { createWorkQueue } from './work-queue.ts'

/** Argon2id with 19 MiB, two passes and one lane: OWASP's first recommendation. */
export const DEFAULT_ARGON2_PARAMETERS: Argon2Parameters = {
  memoryKibibytes: 19_456,
  passes: 2,
  lanes: 1,
}

const SALT_BYTES = 16
const TAG_BYTES = 32
const EXPECTED_HASH_MILLISECONDS = 50

export interface PasswordHasherOptions {
  readonly engine: Argon2Engine
  /** Hashes computed at the same time. */
  readonly concurrency: number
  /** Calls that may wait beyond those. */
  readonly queueLimit: number
  readonly random: Random
  readonly monotonicMilliseconds: () => number
  readonly parameters?: Argon2Parameters
}

export interface PasswordVerification {
  readonly ok: boolean
  /** The password is right, but its hash was made with other parameters: store a new one. */
  readonly needsRehash: boolean
  /** The stored text is no hash this server would check: it is damaged. Log it. */
  readonly isHashUnusable: boolean
}

export interface PasswordHasher {
  /**
   * Hashes a password that has passed the policy into a PHC string.
   *
   * Errors: `server_busy`; RangeError when the password is beyond what `parsePassword` takes.
   */
  hash(password: string, signal?: AbortSignal): Promise<string>
  /**
   * Checks a typed password against a stored PHC string.
   *
   * Null (no such user), an unusable string and an impossible password all cost one computation
   * with the current parameters and fail, so that time does not tell them from a wrong password.
   *
   * Errors: `server_busy`.
   */
  verify(
    storedHash: string | null,
    password: string,
    signal?: AbortSignal,
  ): Promise<PasswordVerification>
  /** Errors: `server_busy` when the others would answer that now. */
  checkRoom(): void
  /** Hashes being computed now. */
  readonly running: number
  /** Calls waiting for their turn now. */
  readonly waiting: number
}

/** A bounded pool of Argon2id computations. Spec: RFC 9106. */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  const { engine, random, parameters = DEFAULT_ARGON2_PARAMETERS } = options
  if (!areAffordable(parameters)) throw new RangeError('Argon2 parameters are out of bounds')
  const queue = createWorkQueue({
    ...options,
    expectedTaskMilliseconds: EXPECTED_HASH_MILLISECONDS,
  })
  const nobodysHash: PasswordHash = {
    parameters,
    salt: random(SALT_BYTES),
    tag: random(TAG_BYTES),
  }

  async function matches(expected: PasswordHash, password: string): Promise<boolean> {
    const tag = await engine.derive({
      password: Buffer.from(password),
      salt: expected.salt,
      tagBytes: expected.tag.length,
      parameters: expected.parameters,
    })
    return timingSafeEqual(tag, expected.tag)
  }

  return {
    async hash(text, signal) {
      const parsed = parsePassword(text)
      if (!parsed.ok) throw new RangeError(`This password cannot be hashed: ${parsed.reason}`)
      const salt = random(SALT_BYTES)
      const password = Buffer.from(parsed.password)
      const tag = await queue.run(
        () => engine.derive({ password, salt, tagBytes: TAG_BYTES, parameters }),
        signal,
      )
      return formatPasswordHash({ parameters, salt, tag })
    },
    async verify(storedHash, text, signal) {
      const stored = storedHash === null ? null : parsePasswordHash(storedHash)
      const parsed = parsePassword(text)
      const password = parsed.ok ? parsed.password : ''
      const isMatch = await queue.run(() => matches(stored ?? nobodysHash, password), signal)
      const ok = isMatch && stored !== null && parsed.ok
      return {
        ok,
        needsRehash: ok && !isCurrent(stored, parameters),
        isHashUnusable: storedHash !== null && stored === null,
      }
    },
    checkRoom: () => queue.checkRoom(),
    get running() {
      return queue.running
    },
    get waiting() {
      return queue.waiting
    },
  }
}

function isCurrent({ parameters, salt, tag }: PasswordHash, current: Argon2Parameters): boolean {
  return (
    parameters.memoryKibibytes === current.memoryKibibytes &&
    parameters.passes === current.passes &&
    parameters.lanes === current.lanes &&
    salt.length === SALT_BYTES &&
    tag.length === TAG_BYTES
  )
}
