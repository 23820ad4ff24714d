import { randomBytes } from 'node:crypto'

import { createId, type UserId } from '../src/domain/ids.ts'
import type { Clock, UnixSeconds } from '../src/domain/time.ts'
import { loadArgon2Engine } from '../src/login/argon2-engine.ts'
import { createPasswordHasher } from '../src/login/password-hashing.ts'
import { openStores } from '../src/storage/open-stores.ts'

const clock: Clock = {
  seconds: () => Math.floor(Date.now() / 1000) as UnixSeconds,
  milliseconds: () => Date.now(),
}

/** A PHC string of the password, as the server makes it. */
export async function passwordHashOf(password: string): Promise<string> {
  const hasher = createPasswordHasher({
    engine: await loadArgon2Engine(),
    concurrency: 1,
    queueLimit: 0,
    random: randomBytes,
    monotonicMilliseconds: () => performance.now(),
  })
  return hasher.hash(password)
}

/** Brings the schema up and makes the accounts `user0`, `user1` and so on, all with that hash. */
export async function seedUsers(
  databaseUrl: string,
  count: number,
  passwordHash: string,
): Promise<void> {
  const stores = await openStores(databaseUrl, 'apply', clock.seconds())
  for (let user = 0; user < count; user++) {
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
        previouslyDisabledAt: null,
        isDemo: false,
      },
      { name: 'user.created', at, userId: id, sessionId: null, ipAddress: null, details: {} },
    )
  }
  await stores.close()
}
