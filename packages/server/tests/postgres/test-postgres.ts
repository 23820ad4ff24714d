import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { Client } from 'pg'

/** A PostgreSQL server for tests: its own, or the one that `MAPAE_TEST_POSTGRES_URL` names. */
export interface TestPostgres {
  /** Makes an empty database and returns its URL; `close` drops it. */
  createDatabase(): Promise<string>
  close(): Promise<void>
}

/** A server of the test's own, which it may stop, kill and start again. */
export interface OwnTestPostgres extends TestPostgres {
  start(): Promise<void>
  /** As an operator stops it: connections end, nothing is lost. */
  stop(): Promise<void>
  /** As a power cut would: kill -9. */
  kill(): Promise<void>
}

/** A server to make databases in. Close it in an `after` hook: the test process waits for it. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const given = process.env['MAPAE_TEST_POSTGRES_URL'] ?? ''
  if (given === '') return startOwnTestPostgres()
  const databases = createDatabases(given)
  return { createDatabase: () => databases.create(), close: () => databases.dropAll() }
}

/** `isDurable`: with the settings of production, for tests of what survives a crash. */
export async function startOwnTestPostgres(
  options: { readonly isDurable?: boolean } = {},
): Promise<OwnTestPostgres> {
  const keeper = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('postgres-keeper.ts', import.meta.url)),
      ...(options.isDurable ? ['--durable'] : []),
    ],
    // In a process group of its own, so that Ctrl-C reaches it as the end of its input only.
    { stdio: ['pipe', 'pipe', 'inherit'], detached: process.platform !== 'win32' },
  )
  const exited = new Promise<void>((resolve) => {
    keeper.once('exit', () => resolve())
  })
  const answers = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]()

  async function nextAnswer(): Promise<{ url?: string }> {
    const { done, value } = await answers.next()
    const answer = (done ? { failed: 'its keeper ended' } : JSON.parse(value)) as {
      url?: string
      failed?: string
    }
    if (answer.failed !== undefined) throw new Error(`PostgreSQL for tests: ${answer.failed}`)
    return answer
  }

  async function tell(command: 'start' | 'stop' | 'kill'): Promise<void> {
    keeper.stdin.write(`${command}\n`)
    await nextAnswer()
  }

  const { url } = await nextAnswer()
  const databases = createDatabases(url!)
  return {
    createDatabase: () => databases.create(),
    start: () => tell('start'),
    stop: () => tell('stop'),
    kill: () => tell('kill'),
    async close() {
      keeper.stdin.end()
      await exited
    },
  }
}

function createDatabases(serverUrl: string) {
  const names: string[] = []

  async function execute(statements: readonly string[]): Promise<void> {
    const client = new Client({ connectionString: serverUrl })
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
  }

  return {
    async create(): Promise<string> {
      const name = `mapae_test_${randomBytes(6).toString('hex')}`
      await execute([`CREATE DATABASE ${name}`])
      names.push(name)
      const url = new URL(serverUrl)
      url.pathname = `/${name}`
      return url.href
    },
    async dropAll(): Promise<void> {
      await execute(names.map((name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
    },
  }
}
