import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { Client } from 'pg'

import { openStores } from '../../src/storage/open-stores.ts'
import { createEngines, NOW } from './engines.ts'

interface Column {
  readonly table: string
  readonly column: string
  readonly isRequired: boolean
}

interface Schema {
  /** `table.column type presence`, sorted. */
  readonly columns: string[]
  /** `table (column, …)` of each primary key and each unique or plain index. */
  readonly unique: string[]
  readonly indexes: string[]
  /** `table (column) -> table`. */
  readonly references: string[]
}

/** The engines' names for the two types there are. */
const TYPES: Readonly<Record<string, string>> = {
  TEXT: 'text',
  INTEGER: 'number',
  BIGINT: 'number',
}

function columnLine({ table, column, isRequired }: Column, type: string): string {
  return `${table}.${column} ${TYPES[type.toUpperCase()] ?? type} ${isRequired ? 'required' : 'optional'}`
}

function readSqliteSchema(path: string): Schema {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = <Row>(sql: string) => database.prepare(sql).all() as Row[]
  const tables = `(SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%')`
  const columns = rows<{ t: string; name: string; type: string; required: number; pk: number }>(
    `SELECT t.name AS t, c.name, c.type, c."notnull" AS required, c.pk
     FROM ${tables} AS t, pragma_table_info(t.name) AS c`,
  )
  const indexes = rows<{ t: string; isUnique: number; columns: string }>(
    `SELECT t.name AS t, i."unique" AS isUnique,
       (SELECT group_concat(name, ', ') FROM pragma_index_info(i.name)) AS columns
     FROM ${tables} AS t, pragma_index_list(t.name) AS i WHERE i.origin <> 'pk'`,
  )
  const references = rows<{ t: string; from: string; to: string }>(
    `SELECT t.name AS t, f."from", f."table" AS "to"
     FROM ${tables} AS t, pragma_foreign_key_list(t.name) AS f`,
  )
  database.close()
  const primaryKeys = Map.groupBy(
    columns.filter(({ pk }) => pk > 0),
    ({ t }) => t,
  )
  return {
    columns: columns
      .map(({ t, name, type, required, pk }) =>
        columnLine({ table: t, column: name, isRequired: required === 1 || pk > 0 }, type),
      )
      .toSorted(),
    unique: [
      ...[...primaryKeys].map(
        ([table, keys]) => `${table} (${keys.map(({ name }) => name).join(', ')})`,
      ),
      ...indexes.filter((one) => one.isUnique === 1).map((one) => `${one.t} (${one.columns})`),
    ].toSorted(),
    indexes: indexes
      .filter(({ isUnique }) => isUnique === 0)
      .map((one) => `${one.t} (${one.columns})`)
      .toSorted(),
    references: references.map(({ t, from, to }) => `${t} (${from}) -> ${to}`).toSorted(),
  }
}

async function readPostgresSchema(url: string): Promise<Schema> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const rows = async <Row>(sql: string) => (await client.query(sql)).rows as Row[]
  const columns = await rows<Record<'t' | 'name' | 'type' | 'nullable', string>>(
    `SELECT table_name AS t, column_name AS name, data_type AS type, is_nullable AS nullable
     FROM information_schema.columns WHERE table_schema = 'public'`,
  )
  const indexes = await rows<{ t: string; isUnique: boolean; columns: string }>(
    `SELECT i.indrelid::regclass::text AS t, i.indisunique AS "isUnique",
       (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
        FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE c.relnamespace = 'public'::regnamespace`,
  )
  const references = await rows<{ line: string }>(
    `SELECT conrelid::regclass || ' (' || a.attname || ') -> ' || confrelid::regclass AS line
     FROM pg_constraint JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
     WHERE contype = 'f'`,
  )
  await client.end()
  return {
    columns: columns
      .map(({ t, name, type, nullable }) =>
        columnLine({ table: t, column: name, isRequired: nullable === 'NO' }, type),
      )
      .toSorted(),
    unique: indexes
      .filter(({ isUnique }) => isUnique)
      .map((one) => `${one.t} (${one.columns})`)
      .toSorted(),
    indexes: indexes
      .filter(({ isUnique }) => !isUnique)
      .map((one) => `${one.t} (${one.columns})`)
      .toSorted(),
    references: references.map(({ line }) => line).toSorted(),
  }
}

test('the migrations of both engines make the same tables, keys and indexes', async () => {
  const [sqlite, postgres] = createEngines()
  const sqliteUrl = await sqlite!.createDatabase()
  const postgresUrl = await postgres!.createDatabase()
  for (const url of [sqliteUrl, postgresUrl]) await (await openStores(url, 'apply', NOW)).close()

  const expected = readSqliteSchema(sqliteUrl.slice('sqlite:'.length))
  assert.ok(expected.columns.includes('sessions.live number required'))
  assert.ok(expected.unique.includes('users (username_key)'))
  assert.deepEqual(await readPostgresSchema(postgresUrl), expected)
})
