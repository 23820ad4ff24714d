import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { startOwnTestPostgres, type OwnTestPostgres } from '../postgres/test-postgres.ts'
import { createTestMapae, PASSWORD, type TestAnswer, type TestMapae } from '../test-mapae.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const CLIENTS = 8
/** What a request may take when the database is gone without a word: two waits for a connection and one for a statement. */
const LONGEST_ANSWER_MILLISECONDS = 9_000
const RECOVERY_MILLISECONDS = 10_000

let postgres: OwnTestPostgres
let proxy: TcpProxy
let server: TestMapae

before(async () => {
  postgres = await startOwnTestPostgres({ isDurable: true })
  proxy = await startTcpProxy(await postgres.createDatabase())
  server = await createTestMapae({ databaseUrl: proxy.url })
})

after(async () => {
  await server.close()
  await proxy.close()
  await postgres.close()
})

/** A client that refreshes without a pause and keeps the newest token it was given. */
class Client {
  refreshToken: string
  readonly answers: TestAnswer[] = []
  longestMilliseconds = 0
  isStopped = false

  constructor(refreshToken: string) {
    this.refreshToken = refreshToken
  }

  async refresh(): Promise<TestAnswer> {
    const start = performance.now()
    const answer = await server.call('POST', '/v1/refresh', { refresh_token: this.refreshToken })
    this.longestMilliseconds = Math.max(this.longestMilliseconds, performance.now() - start)
    this.answers.push(answer)
    if (answer.status === 200) this.refreshToken = answer.body.refresh_token
    return answer
  }

  async run(): Promise<void> {
    while (!this.isStopped) await this.refresh()
  }

  count(status: number): number {
    return this.answers.filter((answer) => answer.status === status).length
  }
}

async function signUpClients(prefix: string): Promise<Client[]> {
  const clients: Client[] = []
  for (let index = 0; index < CLIENTS; index++) {
    clients.push(new Client((await server.signUp(`${prefix}-${index}`)).refresh_token))
  }
  return clients
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + RECOVERY_MILLISECONDS
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, 'it did not come back in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const statusOf = async (path: string) => (await server.call('GET', path)).status

function assertOnlyHonestAnswers(clients: readonly Client[]): void {
  for (const { answers, longestMilliseconds } of clients) {
    for (const { status, headers, body } of answers) {
      assert.ok(status === 200 || status === 503, `${status} ${JSON.stringify(body)}`)
      if (status === 503) {
        assert.equal(body.code, 'storage_unavailable')
        assert.match(headers.get('Retry-After') ?? '', /^[1-9]\d*$/)
      }
    }
    assert.ok(longestMilliseconds < LONGEST_ANSWER_MILLISECONDS, `${longestMilliseconds} ms`)
  }
}

/** What the audit tells and what the sessions say is the same. */
async function assertNothingHalfDone(): Promise<void> {
  const { events, sessions } = server.mapae.stores
  const exchanges = new Map<string, number>()
  for (const { name, sessionId } of await events.list(0, 1_000_000)) {
    if (sessionId === null) continue
    const count = exchanges.get(sessionId) ?? 0
    exchanges.set(sessionId, name === 'token.refreshed' ? count + 1 : count)
  }
  for (const [sessionId, count] of exchanges) {
    const session = await sessions.find(sessionId as never)
    assert.equal(session?.endedAt, null, 'nobody was signed out')
    assert.equal(session?.live, count + 1)
  }
}

test('kill -9 of PostgreSQL in the middle of traffic: 503 at once, nothing half done, recovery', async () => {
  const clients = await signUpClients('kill')
  const running = clients.map((client) => client.run())
  await until(() => clients.every((client) => client.count(200) >= 20))

  await postgres.kill()
  await until(() => clients.every((client) => client.count(503) >= 5))
  assert.equal(await statusOf('/readyz'), 503)
  assert.equal(await statusOf('/healthz'), 200)
  const login = { username: 'kill-0', password: PASSWORD }
  assert.equal((await server.call('POST', '/v1/login', login)).status, 503)

  await postgres.start()
  await until(async () => (await statusOf('/readyz')) === 200)
  const answeredBefore = clients.map((client) => client.count(200))
  await until(() =>
    clients.every((client, index) => client.count(200) >= answeredBefore[index]! + 20),
  )
  for (const client of clients) client.isStopped = true
  await Promise.all(running)

  assertOnlyHonestAnswers(clients)
  await assertNothingHalfDone()
  assert.equal((await server.call('POST', '/v1/login', login)).status, 200)
})

test('a network that swallows everything: 503 within a bounded time, recovery', async () => {
  const clients = await signUpClients('swallow')
  const running = clients.map((client) => client.run())
  await until(() => clients.every((client) => client.count(200) >= 20))

  proxy.swallow()
  await until(() => clients.every((client) => client.count(503) >= 1))
  assert.equal(await statusOf('/readyz'), 503)

  proxy.pass()
  await until(async () => (await statusOf('/readyz')) === 200)
  const answeredBefore = clients.map((client) => client.count(200))
  await until(() =>
    clients.every((client, index) => client.count(200) >= answeredBefore[index]! + 20),
  )
  for (const client of clients) client.isStopped = true
  await Promise.all(running)

  assertOnlyHonestAnswers(clients)
  await assertNothingHalfDone()
})
