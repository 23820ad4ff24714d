import { ConfigurationError } from '../domain/errors.ts'
import type { RevocationBell, Stores } from '../domain/ports.ts'
import type { UnixSeconds } from '../domain/time.ts'
import type { SqlDatabase } from './database.ts'
import { checkSchema, migrate } from './migrate.ts'
import { createAttemptStore } from './tables/attempts.ts'
import { createAuthorizationCodeStore } from './tables/authorization-codes.ts'
import { createAuthorizationRequestStore } from './tables/authorization-requests.ts'
import { createClientStore } from './tables/clients.ts'
import { createConsentStore } from './tables/consents.ts'
import { createBrowserSessionStore } from './tables/browser-sessions.ts'
import { createDeviceAuthorizationStore } from './tables/device-authorizations.ts'
import { createEventStore } from './tables/events.ts'
import { createIssuerConstantStore } from './tables/issuer-constants.ts'
import { createRevocationStore } from './tables/revocations.ts'
import { createSessionStore } from './tables/sessions.ts'
import { createSignalStore } from './tables/signals.ts'
import { createLogoutNoticeStore } from './tables/logout-notices.ts'
import { createKeyStore } from './tables/signing-keys.ts'
import { createUsedAssertionStore } from './tables/used-assertions.ts'
import { createUserStore } from './tables/users.ts'
import { watchDatabase, type WatchQuery } from './watched-database.ts'

/**
 * Opens the database, brings its schema up to date or checks that it fits, and returns the stores.
 * `watchQuery` is told of each statement of requests.
 * Throws `ConfigurationError` when the schema does not fit this program.
 */
export async function openStores(
  databaseUrl: string,
  migrations: 'apply' | 'check',
  now: UnixSeconds,
  watchQuery?: WatchQuery,
): Promise<Stores> {
  const migrating = await openDatabase(databaseUrl, 'migrations')
  try {
    await (migrations === 'apply' ? migrate(migrating, now) : checkSchema(migrating))
  } finally {
    await migrating.close()
  }
  const database = await openDatabase(databaseUrl, 'requests')
  const bell = await openBell(database, databaseUrl)
  return createStores(watchQuery ? watchDatabase(database, watchQuery) : database, bell)
}

/** Processes on one SQLite file find out by looking, and so do those behind a pooler. */
async function openBell(database: SqlDatabase, databaseUrl: string): Promise<Bell> {
  if (database.dialect === 'sqlite') return silentBell
  const { readDatabaseUrl } = await import('./postgres/pool.ts')
  if (readDatabaseUrl(databaseUrl).isPooled) return silentBell
  const { createBell } = await import('./postgres/bell.ts')
  return createBell(database, databaseUrl)
}

/** To be closed before the database that it rings through. */
interface Bell extends RevocationBell {
  close(): Promise<void>
}

const silentBell: Bell = {
  ring() {},
  onRing: () => async () => {},
  async close() {},
}

/**
 * Opens `sqlite:PATH` or `postgres://…`. For `requests` the database fails within a bounded time,
 * for `migrations` it takes the time it takes.
 * Throws `UnreachableDatabase` when PostgreSQL lets nobody in now.
 */
export async function openDatabase(
  databaseUrl: string,
  patience: 'requests' | 'migrations',
): Promise<SqlDatabase> {
  if (databaseUrl.startsWith('sqlite:')) {
    const { openSqlite } = await import('./sqlite/database.ts')
    return openSqlite(databaseUrl.slice('sqlite:'.length))
  }
  if (/^postgres(ql)?:\/\//.test(databaseUrl)) {
    const { connectPostgres } = await import('./postgres/database.ts')
    return connectPostgres(databaseUrl, patience)
  }
  throw new ConfigurationError('The database URL must be sqlite:PATH or postgres://….')
}

/** The stores on a database whose schema is up to date. */
function createStores(database: SqlDatabase, bell: Bell): Stores {
  return {
    users: createUserStore(database),
    sessions: createSessionStore(database),
    browserSessions: createBrowserSessionStore(database),
    attempts: createAttemptStore(database),
    events: createEventStore(database),
    keys: createKeyStore(database),
    clients: createClientStore(database),
    authorizationRequests: createAuthorizationRequestStore(database),
    authorizationCodes: createAuthorizationCodeStore(database),
    consents: createConsentStore(database),
    deviceAuthorizations: createDeviceAuthorizationStore(database),
    usedAssertions: createUsedAssertionStore(database),
    logoutNotices: createLogoutNoticeStore(database),
    issuerConstants: createIssuerConstantStore(database),
    revocations: createRevocationStore(database),
    signals: createSignalStore(database),
    revocationBell: bell,
    ping: async () => void (await database.get('SELECT 1 AS alive', [])),
    async close() {
      await bell.close()
      await database.close()
    },
  }
}
