import type { Stores } from '../domain/ports.ts'
import type { UnixSeconds } from '../domain/time.ts'
import { migrate } from './migrate.ts'
import { openSqlite } from './sqlite/database.ts'
import { createAttemptStore } from './tables/attempts.ts'
import { createEventStore } from './tables/events.ts'
import { createSessionStore } from './tables/sessions.ts'
import { createKeyStore } from './tables/signing-keys.ts'
import { createUserStore } from './tables/users.ts'

/** Opens the database file, brings its schema up to date and returns the stores on it. */
export async function openStores(path: string, now: UnixSeconds): Promise<Stores> {
  const database = openSqlite(path)
  await migrate(database, 'sqlite', now)
  return {
    users: createUserStore(database),
    sessions: createSessionStore(database),
    attempts: createAttemptStore(database),
    events: createEventStore(database),
    keys: createKeyStore(database),
    ping: async () => void (await database.get('SELECT 1 AS alive', [])),
    close: () => database.close(),
  }
}
