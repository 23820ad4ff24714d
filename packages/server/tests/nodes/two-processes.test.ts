import assert from 'node:assert/strict'
import { connect, createServer, type AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'

import { startTestPostgres, type TestPostgres } from '../postgres/test-postgres.ts'
import { call, PASSWORD, startProduction, type ProductionServer } from './production-server.ts'

const AT_ONCE = 40
const LONGEST_MILLISECONDS = 1000
const SIGN_IN = { username: 'mina', password: PASSWORD }

let postgres: TestPostgres
let nodes: ProductionServer[]
let proxy: Awaited<ReturnType<typeof startProxy>>

/** Hands connections to the ports in turn. */
async function startProxy(ports: readonly number[]) {
  let turn = 0
  const server = createServer((client) => {
    const upstream = connect(ports[turn++ % ports.length]!, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}

before(async () => {
  postgres = await startTestPostgres()
  const databaseUrl = await postgres.createDatabase()
  // Both at once: one makes the schema and the keys, the other waits for it.
  nodes = await Promise.all([startProduction(databaseUrl), startProduction(databaseUrl)])
  proxy = await startProxy(nodes.map(({ port }) => port))
  const { status } = await call(proxy.port, 'POST', '/v1/signup', SIGN_IN)
  assert.equal(status, 201)
})

after(async () => {
  proxy.close()
  for (const node of nodes) node.signal('SIGTERM')
  assert.deepEqual(await Promise.all(nodes.map(({ exited }) => exited)), [0, 0])
  await postgres.close()
})

const me = (port: number, { access_token }: any) =>
  call(port, 'GET', '/v1/me', undefined, access_token)

async function untilRefused(port: number, tokens: object): Promise<number> {
  const start = performance.now()
  while ((await me(port, tokens)).status !== 401) {
    assert.ok(performance.now() - start < LONGEST_MILLISECONDS, 'still accepted')
  }
  return performance.now() - start
}

test('login on one process, refresh on the other, logout on the first, refused on the second', async (t) => {
  const [one, other] = nodes.map(({ port }) => port) as [number, number]
  const login = await call(one, 'POST', '/v1/login', SIGN_IN)
  assert.equal(login.status, 200)
  const { refresh_token } = login.body
  const refreshed = await call(other, 'POST', '/v1/refresh', { refresh_token })
  assert.equal(refreshed.status, 200)
  for (const port of [one, other]) assert.equal((await me(port, refreshed.body)).status, 200)

  const newest = { refresh_token: refreshed.body.refresh_token }
  const logout = await call(one, 'POST', '/v1/logout', newest)
  assert.equal(logout.status, 204)
  assert.equal((await call(other, 'POST', '/v1/refresh', newest)).body.code, 'invalid_grant')
  const milliseconds = await untilRefused(other, refreshed.body)
  t.diagnostic(`its access token was refused there ${milliseconds.toFixed(0)} ms after`)
})

test('behind a proxy that takes turns: sessions go on, and end everywhere', async () => {
  const { body: first } = await call(proxy.port, 'POST', '/v1/login', SIGN_IN)
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      call(proxy.port, 'POST', '/v1/refresh', { refresh_token: first.refresh_token }),
    ),
  )
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  let { refresh_token } = answers[0]!.body
  for (let round = 0; round < 6; round++) {
    const next = await call(proxy.port, 'POST', '/v1/refresh', { refresh_token })
    assert.equal(next.status, 200)
    refresh_token = next.body.refresh_token
  }
  const { status } = await call(proxy.port, 'POST', '/v1/logout', { refresh_token })
  assert.equal(status, 204)
  for (const { port } of nodes) await untilRefused(port, answers[1]!.body)
})
