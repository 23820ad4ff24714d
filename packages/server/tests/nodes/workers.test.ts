import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { startTestPostgres, type TestPostgres } from '../postgres/test-postgres.ts'
import { freePort } from '../free-port.ts'
import { call, PASSWORD, startProduction, type LogLine } from './production-server.ts'

const CLIENTS = 8
const SIGN_IN = { username: 'mina', password: PASSWORD }

let postgres: TestPostgres
let databaseUrl: string

before(async () => {
  postgres = await startTestPostgres()
  databaseUrl = await postgres.createDatabase()
})

after(() => postgres.close())

const listening = ({ msg, worker }: LogLine) => msg === 'listening' && worker !== undefined

/** A client of one session that refreshes without a pause and keeps what was acknowledged. */
class Client {
  refreshToken: string
  acknowledged = 0
  isStopped = false
  readonly failures: string[] = []

  constructor(refreshToken: string) {
    this.refreshToken = refreshToken
  }

  async present(port: number): Promise<number> {
    const { status, body } = await call(port, 'POST', '/v1/refresh', {
      refresh_token: this.refreshToken,
    })
    if (status === 200) this.refreshToken = body.refresh_token
    return status
  }

  async run(port: number): Promise<void> {
    while (!this.isStopped) {
      try {
        assert.equal(await this.present(port), 200, 'an honest client was refused')
        this.acknowledged++
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        this.failures.push((error as NodeJS.ErrnoException).code ?? String(error))
        // Nobody listens any more: the server has stopped.
        if (this.failures.at(-1) === 'ECONNREFUSED') return
      }
    }
  }
}

async function signIn(port: number): Promise<Client[]> {
  await call(port, 'POST', '/v1/signup', SIGN_IN)
  const answers = await Promise.all(
    Array.from({ length: CLIENTS }, () => call(port, 'POST', '/v1/login', SIGN_IN)),
  )
  return answers.map(({ body }) => new Client(body.refresh_token))
}

test('workers share the work; one that is killed comes back while the others go on', async (t) => {
  const server = await startProduction(databaseUrl, ['--workers', '2'])
  await server.line((line) => listening(line) && line.worker === 2)
  const clients = await signIn(server.port)
  const running = clients.map((client) => client.run(server.port))

  const first = await server.line((line) => listening(line) && line.worker === 1)
  await Promise.all(
    [1, 2].map((id) => server.line(({ worker, msg }) => worker === id && msg === 'answered')),
  )
  const answeredBy = (id: number) =>
    server.log.filter(({ worker, msg }) => worker === id && msg === 'answered').length
  const answeredBefore = answeredBy(2)
  process.kill(first.pid!, 'SIGKILL')
  const replaced = await server.line((line) => listening(line) && line.worker === 3)
  const meanwhile = answeredBy(2) - answeredBefore
  await server.line(({ worker, msg }) => worker === 3 && msg === 'answered')
  for (const client of clients) client.isStopped = true
  await Promise.all(running)

  assert.ok(meanwhile > 0, 'the other worker stood still')
  assert.notEqual(replaced.pid, first.pid)
  const failures = clients.flatMap((client) => client.failures)
  // What the killed worker had in its hands is lost, and nothing else.
  assert.ok(failures.length <= CLIENTS, failures.join(' '))
  for (const client of clients) assert.equal(await client.present(server.port), 200)
  t.diagnostic(`${meanwhile} answers of the other worker until the new one served`)

  server.signal('SIGTERM')
  assert.equal(await server.exited, 0)
})

test('SIGTERM among requests in flight loses no answer that a client has', async (t) => {
  const server = await startProduction(databaseUrl, ['--workers', '2'])
  await server.line((line) => listening(line) && line.worker === 2)
  const clients = await signIn(server.port)
  const running = clients.map((client) => client.run(server.port))
  while (clients.some(({ acknowledged }) => acknowledged < 3)) await sleep(10)
  server.signal('SIGTERM')
  await Promise.all(running)
  assert.equal(await server.exited, 0)
  assert.equal(server.log.filter(({ msg }) => msg === 'stopped').length, 2)

  const again = await startProduction(databaseUrl)
  for (const client of clients) assert.equal(await client.present(again.port), 200)
  again.signal('SIGTERM')
  await again.exited
  const broken = clients.flatMap(({ failures }) => failures).filter((one) => one !== 'ECONNREFUSED')
  t.diagnostic(
    `${clients.reduce((sum, one) => sum + one.acknowledged, 0)} answers, ${broken.length} connections broken off`,
  )
})

test('workers that cannot start: what is wrong is said once, and the supervisor gives up', async () => {
  const taken = createServer()
  const port = await freePort()
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve))
  const environment = { MAPAE_PORT: String(port) }
  const server = await startProduction(databaseUrl, ['--workers', '2'], environment)
  taken.close()
  assert.equal(await server.exited, 1)
  const [why, then, ...more] = server.log.map(({ msg }) => msg)
  assert.match(why!, /^mapae: Port \d+ is taken/)
  assert.equal(
    then,
    'mapae: Workers end before they serve (exit code 1); what they said is above. Giving up.',
  )
  assert.deepEqual(more, [])
})

for (const { options, exitCode, message } of [
  {
    options: ['--workers', '2'],
    exitCode: 1,
    message: /^mapae: Several workers on SQLite .+ PostgreSQL/,
  },
  { options: ['--workers', '0'], exitCode: 2, message: /whole number from 1 to 256, or auto/ },
]) {
  test(`SQLite: start ${options.join(' ')} is refused`, async () => {
    const server = await startProduction('', options)
    assert.equal(await server.exited, exitCode)
    assert.match(server.log[0]!.msg, message)
  })
}

test('SQLite: --workers auto is one process', async () => {
  const server = await startProduction('', ['--workers', 'auto'])
  assert.equal((await call(server.port, 'GET', '/readyz')).status, 200)
  assert.equal(server.log[0]!.worker, undefined)
  server.signal('SIGTERM')
  assert.equal(await server.exited, 0)
})
