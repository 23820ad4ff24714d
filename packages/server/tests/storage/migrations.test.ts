import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ConfigurationError } from '../../src/domain/errors.ts'
import type { SqlDatabase } from '../../src/storage/database.ts'
import {
  checkSchema,
  migrate,
  planMigrations,
  readMigrations,
  type Migration,
} from '../../src/storage/migrate.ts'
import { openDatabase, openStores } from '../../src/storage/open-stores.ts'
import { createEngines, NOW, type TestEngine } from './engines.ts'
import { newEvent, storeSession, storeUser } from './rows.ts'

const steps: readonly Migration[] = [
  { version: 1, name: '0001-a', sql: 'CREATE TABLE a (id TEXT PRIMARY KEY);\n' },
  {
    version: 2,
    name: '0002-b',
    sql: "CREATE TABLE b (id TEXT PRIMARY KEY);\nINSERT INTO b (id) VALUES ('one');\n",
  },
  { version: 3, name: '0003-c', sql: 'ALTER TABLE b ADD COLUMN note TEXT;\n' },
]

async function withDatabase(
  engine: TestEngine,
  body: (database: SqlDatabase, url: string) => Promise<void>,
): Promise<void> {
  const url = await engine.createDatabase()
  const database = await openDatabase(url, 'migrations')
  try {
    await body(database, url)
  } finally {
    await database.close()
  }
}

async function applied(database: SqlDatabase): Promise<string[]> {
  const sql = 'SELECT name FROM schema_migrations ORDER BY version'
  return (await database.all<{ name: string }>(sql, [])).map(({ name }) => name)
}

for (const engine of createEngines()) {
  const { dialect } = engine

  test(`${dialect}: the plan says what is missing and changes nothing`, () =>
    withDatabase(engine, async (database) => {
      const empty = await planMigrations(database, steps)
      assert.deepEqual(empty, { current: 0, newest: 3, pending: steps })
      assert.deepEqual(await planMigrations(database, steps), empty)
      await migrate(database, NOW, steps.slice(0, 2))
      const { current, pending } = await planMigrations(database, steps)
      assert.deepEqual([current, pending], [2, [steps[2]]])
      await migrate(database, NOW, steps)
      assert.deepEqual((await planMigrations(database, steps)).pending, [])
    }))

  test(`${dialect}: nodes that start together apply each step once`, () =>
    withDatabase(engine, async (database, url) => {
      const nodes = await Promise.all([1, 2, 3, 4].map(() => openDatabase(url, 'migrations')))
      await Promise.all(nodes.map((node) => migrate(node, NOW, steps)))
      await Promise.all(nodes.map((node) => node.close()))
      assert.deepEqual(await applied(database), ['0001-a', '0002-b', '0003-c'])
      assert.equal((await database.all('SELECT id FROM b', [])).length, 1)
    }))

  test(`${dialect}: a step that fails leaves nothing, and the next run goes on from it`, () =>
    withDatabase(engine, async (database) => {
      const sql = `${steps[1]!.sql}INSERT INTO b (id) VALUES ('one');\n`
      const broken = [steps[0]!, { ...steps[1]!, sql }, steps[2]!]
      await assert.rejects(migrate(database, NOW, broken))
      assert.deepEqual(await applied(database), ['0001-a'])
      await migrate(database, NOW, steps)
      assert.deepEqual(await applied(database), ['0001-a', '0002-b', '0003-c'])
      assert.equal((await database.all('SELECT id FROM b', [])).length, 1)
    }))

  test(`${dialect}: a newer schema is refused in one line, and nothing is changed`, () =>
    withDatabase(engine, async (database) => {
      await migrate(database, NOW, steps)
      for (const attempt of [
        migrate(database, NOW, steps.slice(0, 2)),
        checkSchema(database, []),
      ]) {
        await assert.rejects(attempt, (error) => {
          assert.ok(error instanceof ConfigurationError)
          assert.match(error.message, /^The database has schema 3 .*: run a newer mapae\.$/)
          return true
        })
      }
      assert.equal((await applied(database)).length, 3)
    }))

  test(`${dialect}: a running node goes on when a newer one adds columns`, () =>
    withDatabase(engine, async (database, url) => {
      const stores = await openStores(url, 'apply', NOW)
      const user = await storeUser(stores)
      const work = async () => {
        const session = await storeSession(stores, user)
        const exchange = { sessionId: session.id, generation: 1, retryKeyHash: null, at: NOW }
        const event = newEvent('token.refreshed')
        const idleExpiresAt = session.idleExpiresAt
        await stores.sessions.rotateLive({ ...exchange, idleExpiresAt, event })
        assert.equal((await stores.sessions.find(session.id))?.live, 2)
        assert.deepEqual(await stores.users.findByUsernameKey(user.usernameKey), user)
        assert.ok((await stores.events.newest(10)).length > 1)
        assert.deepEqual(await stores.keys.list(), [])
        assert.ok((await stores.sessions.listOpenOfUser(user.id, NOW)).length > 0)
      }
      await work()
      for (const table of ['users', 'sessions', 'events', 'signing_keys']) {
        await database.writeOne(`ALTER TABLE ${table} ADD COLUMN new_in_next TEXT`, [])
      }
      await work()
      await stores.close()
    }))

  test(`${dialect}: a node that must not migrate works from the oldest schema that has all it needs`, () =>
    withDatabase(engine, async (database) => {
      const refused = /^ConfigurationError: The database has schema \d and .*: run mapae migrate\.$/
      await assert.rejects(checkSchema(database, steps, 1), refused)
      await migrate(database, NOW, steps.slice(0, 1))
      await checkSchema(database, steps, 1)
      await assert.rejects(checkSchema(database, steps, 2), refused)
      await migrate(database, NOW, steps.slice(0, 2))
      await checkSchema(database, steps, 2)
      await migrate(database, NOW, steps)
      await checkSchema(database, steps, 2)
    }))

  test(`${dialect}: this program says that it needs what it uses`, () =>
    withDatabase(engine, async (database) => {
      const all = readMigrations(dialect)
      await migrate(database, NOW, all.slice(0, 2))
      await assert.rejects(checkSchema(database), /^ConfigurationError: .*: run mapae migrate\.$/)
      await migrate(database, NOW)
      await checkSchema(database)
    }))
}

test('both engines have the same numbered migrations', () => {
  const names = (dialect: 'sqlite' | 'postgres') =>
    readMigrations(dialect).map(({ name }) => name.replace(`.${dialect}.sql`, ''))
  assert.deepEqual(names('postgres'), names('sqlite'))
  assert.ok(names('sqlite').every((name, index) => Number(name.slice(0, 4)) === index + 1))
})
