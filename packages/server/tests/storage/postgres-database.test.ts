import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { Client, DatabaseError } from 'pg'

import { MapaeError } from '../../src/domain/errors.ts'
import type { SqlDatabase, SqlTransaction } from '../../src/storage/database.ts'
import { openDatabase, openStores } from '../../src/storage/open-stores.ts'
import { createEngines, NOW } from './engines.ts'
import { newEvent, storeSession, storeUser } from './rows.ts'
import { startTcpProxy } from './tcp-proxy.ts'

const [, postgres] = createEngines()
let url: string
let database: SqlDatabase

before(async () => {
  url = await postgres!.createDatabase()
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`ALTER DATABASE ${client.database} SET deadlock_timeout = '20ms'`)
  await client.query('CREATE TABLE counters (id TEXT PRIMARY KEY, value BIGINT NOT NULL)')
  await client.query(`INSERT INTO counters VALUES ('a', 0), ('b', 0)`)
  await client.end()
  database = await openDatabase(url, 'requests')
})

after(() => database.close())

const increment = (transaction: SqlTransaction, id: string) =>
  transaction.run('UPDATE counters SET value = value + 1 WHERE id = ?', [id])

async function values(): Promise<number[]> {
  const rows = await database.all<{ value: number }>('SELECT value FROM counters ORDER BY id', [])
  return rows.map(({ value }) => value)
}

test('transactions that wait for each other are tried again until each is done once', async () => {
  const bothHoldOne = Promise.withResolvers<void>()
  let holding = 0
  let runs = 0
  const crossing = (first: string, second: string) =>
    database.write(async (transaction) => {
      runs++
      await increment(transaction, first)
      if (++holding === 2) bothHoldOne.resolve()
      await bothHoldOne.promise
      await increment(transaction, second)
    })
  await Promise.all([crossing('a', 'b'), crossing('b', 'a')])
  assert.deepEqual(await values(), [2, 2])
  assert.ok(runs > 2, 'they did meet')
})

test('what conflicts again and again is given up after a bounded number of tries', async () => {
  let runs = 0
  const conflicting = database.write(async (transaction) => {
    runs++
    await transaction.run(`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$`, [])
  })
  await assert.rejects(conflicting, { code: 'storage_unavailable' })
  assert.equal(runs, 5)
})

test('a statement that does not come to an end is stopped, and says when to come again', async () => {
  const start = performance.now()
  await assert.rejects(database.get('SELECT pg_sleep(60)', []), (error) => {
    assert.ok(error instanceof MapaeError)
    assert.equal(error.code, 'storage_unavailable')
    assert.equal(error.details.retryAfterSeconds, 1)
    return true
  })
  assert.ok(performance.now() - start < 4_500)
})

test('a fault of the program is not taken for a database that is away', async () => {
  const insert = `INSERT INTO counters (id, value) VALUES ('a', 0)`
  await assert.rejects(database.writeOne(insert, []), DatabaseError)
  await assert.rejects(database.get('SELECT nothing', []), DatabaseError)
})

test('a pooler that hands transactions to other connections is named, with the remedy', async () => {
  const deallocated = database.write(async (transaction) => {
    const read = () => transaction.get('SELECT id FROM counters WHERE id = ?', ['a'])
    await read()
    await transaction.run('DEALLOCATE ALL', [])
    await read()
  })
  await assert.rejects(deallocated, /ConfigurationError: .*\?pgbouncer=true/)
})

test('numbers of 64 bits are numbers', async () => {
  await database.writeOne('UPDATE counters SET value = ? WHERE id = ?', [2 ** 40, 'a'])
  assert.equal((await values())[0], 2 ** 40)
})

for (const [setting, isPooled] of [
  ['', false],
  ['?pgbouncer=true', true],
] as const) {
  test(`with "${setting}" statements are ${isPooled ? 'not ' : ''}named`, async () => {
    let sent = ''
    const proxy = await startTcpProxy(await postgres!.createDatabase(), (chunk) => {
      sent += chunk.toString('latin1')
    })
    const stores = await openStores(`${proxy.url}${setting}`, 'apply', NOW)
    const session = await storeSession(stores, await storeUser(stores))
    assert.deepEqual(await stores.sessions.find(session.id), session)
    await stores.events.append(newEvent('login.failed'))
    await stores.close()
    await proxy.close()
    assert.match(sent, /INSERT INTO events/)
    for (const part of [/\bmapae_[0-9a-f]{16}\0/, /statement_timeout/]) {
      assert.equal(part.test(sent), !isPooled, String(part))
    }
  })
}
