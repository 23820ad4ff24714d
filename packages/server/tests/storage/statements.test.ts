import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { Client } from 'pg'

import type { Dialect } from '../../src/storage/database.ts'
import { openStores } from '../../src/storage/open-stores.ts'
import { numberParameters } from '../../src/storage/postgres/database.ts'
import { changeAndTellStatement } from '../../src/storage/tables/events.ts'
import { createEngines, NOW } from './engines.ts'

const STORAGE = new URL('../../src/storage/', import.meta.url)
const OTHER_FILES = ['migrate.ts', 'node-lock.ts', 'postgres/bell.ts']

interface Statement {
  readonly name: string
  readonly sql: string
}

/** Every statement of the product for an engine: each file with SQL exports its `statements`. */
async function allStatements(dialect: Dialect): Promise<Statement[]> {
  const tables = readdirSync(new URL('tables/', STORAGE)).map((file) => `tables/${file}`)
  const all: Statement[] = []
  for (const file of [...tables, ...OTHER_FILES]) {
    const module = (await import(new URL(file, STORAGE).href)) as { statements?: unknown }
    const hasSql = /\b(SELECT|INSERT|UPDATE|DELETE)\b/.test(
      readFileSync(new URL(file, STORAGE), 'utf8'),
    )
    assert.equal(module.statements !== undefined, hasSql, `${file} exports its statements`)
    all.push(...statementsIn(file, module.statements ?? {}, dialect))
  }
  return all
}

/** Texts lie in objects and lists; a part named like an engine is for that engine only. */
function statementsIn(name: string, value: unknown, dialect: Dialect): Statement[] {
  if (typeof value === 'string') return [{ name, sql: value }]
  return Object.entries(value as object).flatMap(([key, part]: [string, unknown]) =>
    (key === 'sqlite' || key === 'postgres') && key !== dialect
      ? []
      : statementsIn(`${name} ${key}`, part, dialect),
  )
}

const [sqlite, postgres] = createEngines()

test('sqlite prepares every statement', async () => {
  const url = await sqlite!.createDatabase()
  await (await openStores(url, 'apply', NOW)).close()
  const database = new DatabaseSync(url.slice('sqlite:'.length))
  for (const { name, sql } of await allStatements('sqlite')) {
    assert.doesNotThrow(() => database.prepare(sql), name)
  }
  database.close()
})

test('postgres prepares every statement, and every change with its events', async () => {
  const url = await postgres!.createDatabase()
  await (await openStores(url, 'apply', NOW)).close()
  const client = new Client({ connectionString: url })
  await client.connect()
  const plain = await allStatements('postgres')
  const told = plain
    .filter(({ sql }) => !sql.startsWith('WITH') && /RETURNING (id, |\w+ AS )?user_id\b/.test(sql))
    .flatMap(({ name, sql }) =>
      [1, 2].map((count) => ({
        name: `${name} with ${count} events`,
        sql: changeAndTellStatement(sql, count),
      })),
    )
  assert.ok(told.length >= 8, 'the changes that tell are among the statements')
  for (const [index, { name, sql }] of [...plain, ...told].entries()) {
    const prepare = client.query(`PREPARE statement_${index} AS ${numberParameters(sql)}`)
    // CREATE cannot be prepared by name; the migrations have tests of their own.
    if (sql.startsWith('CREATE')) await assert.rejects(prepare)
    else await assert.doesNotReject(prepare, name)
  }
  await client.end()
})
