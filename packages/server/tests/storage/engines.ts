import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

import type { Stores } from '../../src/domain/ports.ts'
import type { UnixSeconds } from '../../src/domain/time.ts'
import type { Dialect, SqlDatabase } from '../../src/storage/database.ts'
import { backedUpTables } from '../../src/storage/backup.ts'
import { openDatabase, openStores } from '../../src/storage/open-stores.ts'
import { startTestPostgres, type TestPostgres } from '../postgres/test-postgres.ts'

export const NOW = 1_800_000_000 as UnixSeconds

const TABLES = backedUpTables.map(({ table }) => table)

export interface TestEngine {
  readonly dialect: Dialect
  /** The URL of an empty database of its own. */
  readonly createDatabase: () => Promise<string>
  /** Runs the test on the stores of an empty database. */
  readonly withStores: (body: (stores: Stores) => Promise<void>) => Promise<void>
}

/** Both engines, for the tests of one file; PostgreSQL starts with its first database. */
export function createEngines(): readonly TestEngine[] {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-storage-'))
  const closing: (() => Promise<void>)[] = []
  after(async () => {
    for (const close of closing.toReversed()) await close()
    rmSync(folder, { recursive: true, force: true })
  })
  return [createSqliteEngine(folder), createPostgresEngine(closing)]
}

function createSqliteEngine(folder: string): TestEngine {
  let files = 0
  const createDatabase = async () => `sqlite:${join(folder, `${++files}.db`)}`
  return {
    dialect: 'sqlite',
    createDatabase,
    async withStores(body) {
      const stores = await openStores(await createDatabase(), 'apply', NOW)
      try {
        await body(stores)
      } finally {
        await stores.close()
      }
    },
  }
}

/** The tests on stores share one database, emptied before each: making one takes far longer. */
function createPostgresEngine(closing: (() => Promise<void>)[]): TestEngine {
  let server: Promise<TestPostgres> | undefined
  let shared: Promise<{ stores: Stores; database: SqlDatabase }> | undefined

  async function createDatabase(): Promise<string> {
    server ??= startTestPostgres().then((started) => {
      closing.unshift(() => started.close())
      return started
    })
    return (await server).createDatabase()
  }

  async function openShared() {
    const url = await createDatabase()
    const stores = await openStores(url, 'apply', NOW)
    const database = await openDatabase(url, 'migrations')
    closing.push(async () => {
      await stores.close()
      await database.close()
    })
    return { stores, database }
  }

  return {
    dialect: 'postgres',
    createDatabase,
    async withStores(body) {
      const { stores, database } = await (shared ??= openShared())
      await database.writeOne(`TRUNCATE ${TABLES.join(', ')}`, [])
      await body(stores)
    },
  }
}
