import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'

import { run } from '../../src/cli/program.ts'
import { freePort } from '../free-port.ts'
import { startTestPostgres, type TestPostgres } from '../postgres/test-postgres.ts'

const USER = 'hidden-user'
const PASSWORD = 'hidden-password'

let folder: string
let postgres: TestPostgres

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mapae-unreachable-'))
  postgres = await startTestPostgres()
})

after(async () => {
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
})

async function mapae(databaseUrl: string, ...words: string[]) {
  let stdout = ''
  let stderr = ''
  const exitCode = await run(words, {
    environment: {
      MAPAE_DATA_DIR: folder,
      MAPAE_ISSUER: 'https://auth.example.com',
      MAPAE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64url'),
      MAPAE_DATABASE_URL: databaseUrl,
    },
    input: Readable.from(['']) as unknown as NodeJS.ReadStream,
    print: (text) => void (stdout += text),
    say: (text) => void (stderr += text),
  })
  return { exitCode, stdout, stderr }
}

const urlOf = (host: string, port: number) =>
  `postgres://${USER}:${PASSWORD}@${host}:${port}/accounts`

/** Whoever connects is answered with those bytes, or with nothing at all. */
async function withServer(
  answer: Buffer | null,
  body: (port: number) => Promise<void>,
): Promise<void> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.once('data', () => answer && socket.end(answer))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    await body((server.address() as AddressInfo).port)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

/** Spec: PostgreSQL, Message Formats, ErrorResponse. */
function errorResponse(sqlState: string): Buffer {
  const fields = `SFATAL\0C${sqlState}\0Mno entry for user "${USER}"\0\0`
  const head = Buffer.alloc(5, 'E')
  head.writeInt32BE(4 + fields.length, 1)
  return Buffer.concat([head, Buffer.from(fields)])
}

/** Start and doctor say where, why and what to do, and nothing that is a secret. */
async function assertExplained(url: string, fault: RegExp, fix: RegExp): Promise<void> {
  const started = await mapae(url, 'start')
  assert.equal(started.exitCode, 6, started.stderr)
  assert.match(started.stderr, new RegExp(`^mapae: ${fault.source} ${fix.source}`))
  assert.equal(started.stderr.trim().split('\n').length, 1)

  const { stdout } = await mapae(url, 'doctor', '--json')
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { check: string; detail: string; fix: string })
    .filter(({ check }) => check === 'database' || check === 'keys and users')
  assert.equal(found.length, 2)
  for (const { detail, fix: advice } of found) {
    assert.match(detail, fault)
    assert.match(advice, fix)
  }
  for (const text of [started.stderr, stdout]) {
    assert.doesNotMatch(text, new RegExp(`${USER}|${PASSWORD}`))
  }
}

test('nobody listens there', async () => {
  const port = await freePort()
  await assertExplained(
    urlOf('127.0.0.1', port),
    new RegExp(
      `PostgreSQL at 127\\.0\\.0\\.1:${port}, database "accounts": the connection was refused\\.`,
    ),
    /Start PostgreSQL there, or correct host and port in MAPAE_DATABASE_URL\./,
  )
})

test('there is no such host', () =>
  assertExplained(
    urlOf('database.invalid', 5432),
    /PostgreSQL at database\.invalid:5432, database "accounts": the host is unknown\./,
    /Correct the host in MAPAE_DATABASE_URL, or its DNS\./,
  ))

test('whoever listens there says nothing', () =>
  withServer(null, (port) =>
    assertExplained(
      urlOf('127.0.0.1', port),
      /PostgreSQL at 127\.0\.0\.1:\d+, database "accounts": no answer in time\./,
      /See whether PostgreSQL runs there/,
    ),
  ))

const answers = [
  ['28P01', /authentication failed\./, /Correct user and password in MAPAE_DATABASE_URL/],
  ['28000', /authentication failed\./, /Correct user and password in MAPAE_DATABASE_URL/],
  ['42501', /the user may not use this database\./, /GRANT it CONNECT/],
  ['53300', /it has no connection left\./, /Raise max_connections/],
  ['57P03', /it is starting or stopping\./, /Try again in a moment\./],
  ['XX000', /error XX000\./, /Look at MAPAE_DATABASE_URL, and at the log of PostgreSQL\./],
] as const

for (const [sqlState, fault, fix] of answers) {
  test(`the server refuses with ${sqlState}`, () =>
    withServer(errorResponse(sqlState), (port) =>
      assertExplained(
        urlOf('127.0.0.1', port),
        new RegExp(`PostgreSQL at 127\\.0\\.0\\.1:\\d+, database "accounts": ${fault.source}`),
        fix,
      ),
    ))
}

test('TLS is asked of a server that has none', () =>
  withServer(Buffer.from('N'), (port) =>
    assertExplained(
      `${urlOf('127.0.0.1', port)}?sslmode=verify-full`,
      /PostgreSQL at 127\.0\.0\.1:\d+, database "accounts": no TLS connection could be made\./,
      /Look at sslmode in MAPAE_DATABASE_URL/,
    ),
  ))

test('a real server has no such database', async () => {
  const url = new URL(await postgres.createDatabase())
  url.pathname = '/nowhere'
  await assertExplained(
    url.href,
    /PostgreSQL at [^ ]+, database "nowhere": there is no such database\./,
    /Create it, or correct the name in MAPAE_DATABASE_URL\./,
  )
})
