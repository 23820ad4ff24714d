import { hash, timingSafeEqual } from 'node:crypto'

import type { Client } from '../domain/client.ts'
import type { Random } from '../domain/ids.ts'
import type { UnixSeconds } from '../domain/time.ts'

const SECRET_BYTES = 32
/** Lets scanners of source code recognise a secret that leaked into it. */
const PREFIX = 'mcs_'

export function makeClientSecret(random: Random): string {
  return PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64url')
}

/** Plain SHA-256: the secret has 256 random bits, so there is nothing to guess slowly. */
export function hashClientSecret(secret: string): string {
  return hash('sha256', secret, 'base64url')
}

/** Takes the same time whichever secret matches, or none. */
export function isSecretOf(client: Client, secret: string, now: UnixSeconds): boolean {
  const presented = Buffer.from(hashClientSecret(secret))
  let matches = false
  for (const { hash: stored, expiresAt } of client.secrets) {
    const isEqual = timingSafeEqual(Buffer.from(stored), presented)
    if (isEqual && (expiresAt === null || now < expiresAt)) matches = true
  }
  return matches
}
