import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

import type { Stores } from '../../src/domain/ports.ts'
import type { UnixSeconds } from '../../src/domain/time.ts'
import type { Dialect } from '../../src/storage/database.ts'
import { openStores } from '../../src/storage/open-stores.ts'
import { startTestPostgres, type TestPostgres } from '../postgres/test-postgres.ts'

export const NOW = 1_800_000_000 as UnixSeconds

export interface TestEngine {
  readonly dialect: Dialect
  /** The URL of an empty database of its own. */
  readonly createDatabase: () => Promise<string>
  /** Runs the test on the stores of a fresh database. */
  readonly withStores: (body: (stores: Stores) => Promise<void>) => Promise<void>
}

/** Both engines, for the tests of one file; PostgreSQL starts with its first database. */
export function createEngines(): readonly TestEngine[] {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-storage-'))
  let files = 0
  let postgres: Promise<TestPostgres> | undefined
  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    await (await postgres)?.close()
  })
  return [
    engine('sqlite', async () => `sqlite:${join(folder, `${++files}.db`)}`),
    engine('postgres', async () => (await (postgres ??= startTestPostgres())).createDatabase()),
  ]
}

function engine(dialect: Dialect, createDatabase: () => Promise<string>): TestEngine {
  return {
    dialect,
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
