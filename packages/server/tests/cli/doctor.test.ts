import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, test } from 'node:test'

import { run } from '../../src/cli/program.ts'
import { createTestMapae, listen } from '../test-mapae.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapae-doctor-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function doctor(environment: Record<string, string>, ...words: string[]) {
  let stdout = ''
  let stderr = ''
  const exitCode = await run(['doctor', ...words], {
    environment: { MAPAE_DATA_DIR: folder, ...environment },
    input: Readable.from(['']) as unknown as NodeJS.ReadStream,
    print: (text) => void (stdout += text),
    say: (text) => void (stderr += text),
  })
  return { exitCode, stdout, stderr }
}

function findings(stdout: string): Record<string, { ok: boolean; detail: string; fix?: string }> {
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return Object.fromEntries(all.map((finding) => [finding.check, finding]))
}

async function withServer(
  body: (environment: Record<string, string>, server: TestServer) => Promise<void>,
): Promise<void> {
  const databaseUrl = `sqlite:${join(folder, 'mapae.db')}`
  const server = await createTestMapae({ databaseUrl }, Math.floor(Date.now() / 1000))
  const { url, close } = await listen(server)
  try {
    await body(
      {
        MAPAE_ISSUER: url,
        MAPAE_MASTER_KEY: Buffer.from(server.config.masterKey).toString('base64url'),
      },
      server,
    )
  } finally {
    await close()
    await server.close()
  }
}

type TestServer = Awaited<ReturnType<typeof createTestMapae>>

test('a healthy server has no findings', () =>
  withServer(async (environment, server) => {
    await server.signUp()
    const { exitCode, stdout } = await doctor(environment)
    assert.equal(exitCode, 0, stdout)
    assert.match(stdout, /^ok +database +sqlite answers$/m)
    assert.doesNotMatch(stdout, /FAIL|fix/)
  }))

test('each fault has its finding and names its fix', () =>
  withServer(async (environment, server) => {
    const otherKey = Buffer.alloc(32, 9).toString('base64url')
    const wrongKey = await doctor({ ...environment, MAPAE_MASTER_KEY: otherKey }, '--json')
    assert.equal(wrongKey.exitCode, 1)
    assert.equal(wrongKey.stderr, 'mapae: 1 of the checks failed.\n')
    const { 'keys and users': keys } = findings(wrongKey.stdout)
    assert.match(keys!.detail, /encrypted under another master key/)
    assert.match(keys!.fix!, /MAPAE_MASTER_KEY/)

    const unreachable = { ...environment, MAPAE_ISSUER: 'http://127.0.0.1:9' }
    const { issuer } = findings((await doctor(unreachable, '--json')).stdout)
    assert.equal(issuer!.ok, false)
    assert.match(issuer!.fix!, /MAPAE_ISSUER/)

    server.clock.advance(3600)
    await server.signUp()
    const { clock } = findings((await doctor(environment, '--json')).stdout)
    assert.equal(clock!.ok, false)
    assert.match(clock!.detail, /^3[56]\d\d s /)
  }))

test('a damaged database file is found', async () => {
  writeFileSync(join(folder, 'mapae.db'), 'this is no database at all'.repeat(1000))
  const { database } = findings((await doctor({}, '--json')).stdout)
  assert.equal(database!.ok, false)
  assert.match(database!.detail, /not a database/)
})

test('where there is no database, none is made', async () => {
  const { database } = findings((await doctor({}, '--json')).stdout)
  assert.equal(database!.ok, false)
  assert.match(database!.detail, /no such file/)
})
