import { randomBytes } from 'node:crypto'

import { createId, type UserId } from '../../packages/server/src/domain/ids.ts'
import type { Clock, UnixSeconds } from '../../packages/server/src/domain/time.ts'
import { loadArgon2Engine } from '../../packages/server/src/login/argon2-engine.ts'
import { formatPasswordHash } from '../../packages/server/src/login/password-hash-string.ts'
import {
  createPasswordHasher,
  DEFAULT_ARGON2_PARAMETERS,
} from '../../packages/server/src/login/password-hashing.ts'
import { openStores } from '../../packages/server/src/storage/open-stores.ts'
import { PASSWORD } from './drivers/driver.ts'
import { STAND_IN_TAG } from './servers/argon2-stand-in.ts'

const USERS = 64

const clock: Clock = {
  seconds: () => Math.floor(Date.now() / 1000) as UnixSeconds,
  milliseconds: () => Date.now(),
}

/** A PHC string of the benchmark's password. */
export async function hashPassword(): Promise<string> {
  const hasher = createPasswordHasher({
    engine: await loadArgon2Engine(),
    concurrency: 1,
    queueLimit: 0,
    random: randomBytes,
    monotonicMilliseconds: () => performance.now(),
  })
  return hasher.hash(PASSWORD)
}

/** A PHC string that the stand-in of Argon2 takes for the hash of any password. */
export function standInHash(): string {
  const salt = randomBytes(16)
  return formatPasswordHash({ parameters: DEFAULT_ARGON2_PARAMETERS, salt, tag: STAND_IN_TAG })
}

/** Brings the schema up and makes the accounts `user0` to `user63`, all with that hash. */
export async function seedMapae(databaseUrl: string, passwordHash: string): Promise<void> {
  const stores = await openStores(databaseUrl, 'apply', clock.seconds())
  for (let user = 0; user < USERS; user++) {
    const id = createId<UserId>(clock, randomBytes)
    const username = `user${user}`
    const at = clock.seconds()
    await stores.users.insert(
      {
        id,
        username,
        usernameKey: username,
        email: null,
        passwordHash,
        credentialVersion: 1,
        createdAt: at,
        disabledAt: null,
        isDemo: false,
      },
      { name: 'user.created', at, userId: id, sessionId: null, ipAddress: null, details: {} },
    )
  }
  await stores.close()
}
