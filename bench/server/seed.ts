import { randomBytes } from 'node:crypto'

import { formatPasswordHash } from '../../packages/server/src/login/password-hash-string.ts'
import { DEFAULT_ARGON2_PARAMETERS } from '../../packages/server/src/login/password-hashing.ts'
import { passwordHashOf, seedUsers } from '../../packages/server/tests/seed-users.ts'
import { PASSWORD } from './drivers/driver.ts'
import { STAND_IN_TAG } from './servers/argon2-stand-in.ts'

const USERS = 64

/** A PHC string of the benchmark's password. */
export function hashPassword(): Promise<string> {
  return passwordHashOf(PASSWORD)
}

/** A PHC string that the stand-in of Argon2 takes for the hash of any password. */
export function standInHash(): string {
  const salt = randomBytes(16)
  return formatPasswordHash({ parameters: DEFAULT_ARGON2_PARAMETERS, salt, tag: STAND_IN_TAG })
}

/** Brings the schema up and makes the accounts `user0` to `user63`, all with that hash. */
export function seedMapae(databaseUrl: string, passwordHash: string): Promise<void> {
  return seedUsers(databaseUrl, USERS, passwordHash)
}
