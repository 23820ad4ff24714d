import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, beforeEach, test } from 'node:test'

import type { SqlDatabase, SqlTransaction } from '../../src/storage/database.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createGroupCommit } from '../../src/storage/sqlite/group-commit.ts'

let folder: string
let database: SqlDatabase
let otherConnection: DatabaseSync

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mapae-group-commit-'))
  const path = join(folder, 'notes.db')
  database = openSqlite(path)
  await database.write(async (transaction) => {
    await transaction.run('CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT', [])
  })
  otherConnection = new DatabaseSync(path)
})

beforeEach(() => otherConnection.exec('DELETE FROM notes'))

after(async () => {
  otherConnection.close()
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

function insert(transaction: SqlTransaction, text: string): Promise<number> {
  return transaction.run('INSERT INTO notes (text) VALUES (?)', [text])
}

/** What is committed. */
function stored(): unknown[] {
  const rows = otherConnection.prepare('SELECT text FROM notes ORDER BY text').all()
  return rows.map(({ text }) => text)
}

function outcomes(results: readonly PromiseSettledResult<unknown>[]): string {
  return results.map(({ status }) => (status === 'fulfilled' ? '+' : '-')).join('')
}

test('an answer comes after the commit: another connection sees the row by then', async () => {
  const visible = await Promise.all(
    Array.from({ length: 64 }, async (_one, index) => {
      const text = `row ${index}`
      await database.write((transaction) => insert(transaction, text))
      return stored().includes(text)
    }),
  )
  assert.deepEqual(new Set(visible), new Set([true]))
})

test('nothing of a group is visible before its commit, to our own reads neither', async () => {
  const seen: unknown[] = []
  const look = async (transaction: SqlTransaction, text: string) => {
    await insert(transaction, text)
    seen.push(stored().length, (await database.all('SELECT text FROM notes', [])).length)
    return (await transaction.all('SELECT text FROM notes', [])).length
  }
  const inside = await Promise.all([
    database.write((transaction) => look(transaction, 'a')),
    database.write((transaction) => look(transaction, 'b')),
  ])
  assert.deepEqual(seen, [0, 0, 0, 0])
  assert.deepEqual(inside, [1, 2])
  assert.deepEqual(stored(), ['a', 'b'])
})

test('an operation that fails is undone alone, and its neighbours are stored', async () => {
  const results = await Promise.allSettled([
    database.write((transaction) => insert(transaction, 'before')),
    database.write(async (transaction) => {
      await insert(transaction, 'half of something')
      throw new Error('changed its mind')
    }),
    database.write((transaction) => insert(transaction, 'between')),
    database.write(async (transaction) => {
      await insert(transaction, 'half of another')
      await insert(transaction, 'before')
    }),
    database.write((transaction) => insert(transaction, 'after')),
  ])
  assert.equal(outcomes(results), '+-+-+')
  assert.match(String((results[1] as PromiseRejectedResult).reason), /changed its mind/)
  assert.equal((results[3] as PromiseRejectedResult).reason.code, 'storage_unavailable')
  assert.deepEqual(stored(), ['after', 'before', 'between'])
})

test('a group in which everything fails leaves nothing, and the next one works', async () => {
  const fail = async (transaction: SqlTransaction) => {
    await insert(transaction, 'never')
    throw new Error('no')
  }
  const results = await Promise.allSettled([database.write(fail), database.write(fail)])
  assert.equal(outcomes(results), '--')
  assert.deepEqual(stored(), [])
  await database.write((transaction) => insert(transaction, 'next'))
  assert.deepEqual(stored(), ['next'])
})

/** A group commit whose statements are only written down; the named one fails once. */
function createScripted(failing?: string) {
  const executed: string[] = []
  const commitInGroup = createGroupCommit({} as SqlTransaction, (sql) => {
    const fails = sql === failing && !executed.includes(sql)
    executed.push(sql)
    if (fails) throw new Error(`${sql} failed`)
  })
  return { commitInGroup, executed }
}

test('writers that wait together share one transaction; a later one begins another', async () => {
  const { commitInGroup, executed } = createScripted()
  const order: string[] = []
  const write = (name: string) => commitInGroup(async () => order.push(name))
  await Promise.all([write('a'), write('b'), write('c')])
  assert.equal(executed.filter((sql) => sql === 'BEGIN IMMEDIATE').length, 1)
  assert.equal(executed.at(-1), 'COMMIT')
  await write('d')
  assert.equal(executed.filter((sql) => sql === 'COMMIT').length, 2)
  assert.deepEqual(order, ['a', 'b', 'c', 'd'])
})

test('a write asked for inside a group waits for the next one', async () => {
  const { commitInGroup, executed } = createScripted()
  let inner: Promise<number> | undefined
  await commitInGroup(async () => {
    inner = commitInGroup(async () => executed.length)
  })
  const statementsBefore = executed.length
  assert.ok((await inner!) > statementsBefore)
  assert.equal(executed.filter((sql) => sql === 'COMMIT').length, 2)
})

for (const failing of ['BEGIN IMMEDIATE', 'COMMIT']) {
  test(`when ${failing} fails every writer of the group is told, and the next group works`, async () => {
    const { commitInGroup, executed } = createScripted(failing)
    const results = await Promise.allSettled([
      commitInGroup(async () => 'a'),
      commitInGroup(async () => 'b'),
    ])
    assert.equal(outcomes(results), '--')
    assert.equal(executed.at(-1), 'ROLLBACK')
    assert.equal(await commitInGroup(async () => 'c'), 'c')
  })
}

test('when undoing one operation fails, none of the group counts as stored', async () => {
  const { commitInGroup, executed } = createScripted('ROLLBACK TO operation')
  const results = await Promise.allSettled([
    commitInGroup(async () => 'a'),
    commitInGroup(async () => {
      throw new Error('no')
    }),
    commitInGroup(async () => 'c'),
  ])
  assert.equal(outcomes(results), '---')
  assert.ok(!executed.includes('COMMIT'))
})

test('what is left waiting when the database closes is told so', async () => {
  const closing = openSqlite(join(folder, 'closing.db'))
  const write = closing.write((transaction) => transaction.run('CREATE TABLE never (a)', []))
  const told = assert.rejects(write, { code: 'storage_unavailable' })
  await closing.close()
  await told
})
