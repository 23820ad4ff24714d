import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'

import { run } from '../../src/cli/program.ts'
import { backedUpTables } from '../../src/storage/backup.ts'
import { openDatabase } from '../../src/storage/open-stores.ts'
import { createTestMapae, PASSWORD, type TestMapae } from '../test-mapae.ts'
import { createEngines } from './engines.ts'

const engines = createEngines()
const folder = mkdtempSync(join(tmpdir(), 'mapae-backup-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function mapae(databaseUrl: string, ...words: string[]) {
  return mapaeWith({ MAPAE_DATA_DIR: folder, MAPAE_DATABASE_URL: databaseUrl }, ...words)
}

async function mapaeWith(environment: Record<string, string>, ...words: string[]) {
  let stdout = ''
  let stderr = ''
  const exitCode = await run(words, {
    environment,
    input: Readable.from(['']) as unknown as NodeJS.ReadStream,
    print: (text) => void (stdout += text),
    say: (text) => void (stderr += text),
  })
  return { exitCode, stdout, stderr }
}

async function allRows(databaseUrl: string) {
  const database = await openDatabase(databaseUrl, 'requests')
  const tables: Record<string, unknown[]> = {}
  for (const { table, key } of backedUpTables) {
    tables[table] = await database.all(`SELECT * FROM ${table} ORDER BY ${key}`, [])
  }
  await database.close()
  return tables
}

test('where there is nothing yet, migrate makes it and backup says so', async () => {
  const missing = join(folder, 'new')
  const environment = { MAPAE_DATA_DIR: missing }
  assert.match((await mapaeWith(environment, 'backup', join(folder, 'empty'))).stderr, /no data/)
  assert.match((await mapaeWith(environment, 'migrate', '--dry-run')).stdout, /^Would apply 0001/)
  assert.match((await mapaeWith(environment, 'migrate')).stdout, /^Applied 0001/)
  const nowhere = { MAPAE_DATA_DIR: missing, MAPAE_DATABASE_URL: 'sqlite:/no/such/folder/a.db' }
  const refused = await mapaeWith(nowhere, 'migrate')
  assert.equal(refused.exitCode, 1)
  assert.match(refused.stderr, /^mapae: Cannot make .+ \(ENOENT\): set MAPAE_DATA_DIR .+\n$/)
})

async function signInUntil(stopped: AbortSignal, server: TestMapae): Promise<void> {
  while (!stopped.aborted) {
    await server.call('POST', '/v1/login', { username: 'mina', password: PASSWORD })
  }
}

for (const from of engines) {
  for (const to of engines.filter(({ dialect }) => dialect !== from.dialect)) {
    test(`a backup of ${from.dialect} under load goes into ${to.dialect}, and people sign in`, async () => {
      const source = await from.createDatabase()
      const first = await createTestMapae({ databaseUrl: source })
      const tokens = await first.signUp('mina')
      const refresh = { refresh_token: tokens.refresh_token }
      const file = join(folder, `${from.dialect}-${to.dialect}.backup`)

      const stopping = new AbortController()
      const load = signInUntil(stopping.signal, first)
      const written = await mapae(source, 'backup', file, '--json')
      stopping.abort()
      await load
      assert.equal(written.exitCode, 0, written.stderr)
      assert.equal(statSync(file).mode & 0o077, 0)
      await first.close()

      const target = await to.createDatabase()
      const restored = await mapae(target, 'restore', file, '--json')
      assert.equal(restored.exitCode, 0, restored.stderr)
      assert.deepEqual(JSON.parse(restored.stdout), JSON.parse(written.stdout))

      const second = await createTestMapae({ databaseUrl: target })
      assert.equal((await second.call('POST', '/v1/refresh', refresh)).status, 200)
      const bearer = second.bearer(tokens.access_token)
      assert.equal((await second.call('GET', '/v1/me', undefined, bearer)).status, 200)
      // Events go on being numbered where they ended.
      await second.signUp('after')
      assert.equal((await second.mapae.stores.events.newest(1))[0]!.name, 'session.started')
      await second.close()
    })
  }
}

for (const engine of engines) {
  test(`${engine.dialect}: every table is in the backup, and every row comes back as it was`, async () => {
    const source = await engine.createDatabase()
    const server = await createTestMapae({ databaseUrl: source })
    const { access_token: accessToken } = await server.signUp('mina')
    await server.call('POST', '/v1/logout', {}, server.bearer(accessToken))
    await server.call('POST', '/v1/login', { username: 'mina', password: 'wrong wrong' })
    await server.close()

    const database = await openDatabase(source, 'requests')
    const names = await database.all<{ name: string }>(
      engine.dialect === 'sqlite'
        ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
        : `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`,
      [],
    )
    await database.close()
    const expected = ['schema_migrations', ...backedUpTables.map(({ table }) => table)]
    assert.deepEqual(names.map(({ name }) => name).toSorted(), expected.toSorted())

    const file = join(folder, `${engine.dialect}-rows.backup`)
    await mapae(source, 'backup', file)
    const target = await engine.createDatabase()
    const { stdout } = await mapae(target, 'restore', file)
    assert.match(stdout, /^Restored \d+ rows of schema \d+, as of .+ UTC\.\n$/)
    assert.deepEqual(await allRows(target), await allRows(source))
  })

  test(`${engine.dialect}: a damaged backup, another file or a database with data: nothing is restored`, async () => {
    const source = await engine.createDatabase()
    const server = await createTestMapae({ databaseUrl: source })
    await server.signUp('mina')
    await server.close()
    const good = join(folder, `${engine.dialect}-good.backup`)
    assert.equal((await mapae(source, 'backup', good)).exitCode, 0)
    assert.match(
      (await mapae(source, 'backup', join(folder, 'no', 'where'))).stderr,
      /Cannot write/,
    )

    const target = await engine.createDatabase()
    const text = readFileSync(good, 'utf8')
    const lines = text.trimEnd().split('\n')
    const damages: [string, RegExp][] = [
      [lines.slice(0, -1).join('\n'), /it is incomplete/],
      [lines.toSpliced(1, 1).join('\n'), /A row of sessions could not be stored/],
      [lines.toSpliced(-2, 1).join('\n'), /its checksum does not match/],
      [text.replace('"mina"', '"mino"'), /its checksum does not match/],
      [`${text}{}\n`, /there is more behind its end/],
      [text.replace('"username_key":', '"username_key; DROP":'), /an unknown column/],
      [text.replace('"table":"users"', '"table":"users --"'), /an unknown table/],
      [text.replace('"schema":', '"schema":9'), /The backup has schema 9/],
      [text.slice(0, -40), /not JSON/],
      ['{"hello":"world"}\n', /no backup that this program knows/],
      ['', /it is incomplete/],
    ]
    for (const [content, message] of damages) {
      const bad = join(folder, `${engine.dialect}-bad.backup`)
      writeFileSync(bad, content)
      const { exitCode, stderr } = await mapae(target, 'restore', bad)
      assert.equal(exitCode, 1)
      assert.match(stderr, message)
    }
    assert.match((await mapae(target, 'restore', join(folder, 'missing'))).stderr, /Cannot read/)
    const rows = Object.values(await allRows(target))
    assert.ok(rows.every((ofTable) => ofTable.length === 0))

    const full = await mapae(source, 'restore', good)
    assert.match(full.stderr, /This database has data \(in users\)/)
  })
}
