import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Client } from 'pg'

import { PASSWORD } from '../test-mapae.ts'
import { claimsOf, me, millisecondsUntilRefused, refresh, useTwoNodes } from './two-nodes.ts'

const SIGN_IN = { username: 'mina', password: PASSWORD }
const ROUNDS = 10
const LONGEST_MILLISECONDS = 1000

function figures(milliseconds: number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1)
  return `refused elsewhere after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}

for (const { name, query, longestMedian } of [
  // Of two readings 250 ms apart the half would be 125 ms: a median this short needs the ring.
  { name: 'with a ring', query: '', longestMedian: 90 },
  { name: 'by looking only', query: '?pgbouncer=true', longestMedian: LONGEST_MILLISECONDS },
]) {
  const twoNodes = useTwoNodes(query)

  test(`${name}: a logout on one node is refused on the other within a second`, async (t) => {
    const { nodes } = twoNodes()
    const waits: number[] = []
    await nodes[0].signUp()
    for (let round = 0; round < ROUNDS; round++) {
      const [here, there] = round % 2 === 0 ? nodes : [nodes[1], nodes[0]]
      const { body } = await here.call('POST', '/v1/login', SIGN_IN)
      await sleep((round * 37) % 250)
      assert.equal((await me(there, body)).status, 200)
      const { status } = await here.call('POST', '/v1/logout', {
        refresh_token: body.refresh_token,
      })
      assert.equal(status, 204)
      // The database itself says so to a refresh, without any delay.
      assert.equal((await refresh(there, body.refresh_token)).body.code, 'invalid_grant')
      waits.push(await millisecondsUntilRefused(there, body, LONGEST_MILLISECONDS))
    }
    t.diagnostic(figures(waits))
    const median = waits.toSorted((a, b) => a - b)[ROUNDS >> 1]!
    assert.ok(median <= longestMedian, figures(waits))
  })
}

const twoNodes = useTwoNodes()

async function listeners(databaseUrl: string): Promise<number[]> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query(
    `SELECT pid FROM pg_stat_activity
     WHERE application_name = 'mapae listening' AND datname = current_database()
       AND query LIKE 'LISTEN%'`,
  )
  await client.end()
  return rows.map(({ pid }) => pid)
}

test('a listener that lost its connection listens again; meanwhile looking does', async () => {
  const { nodes, databaseUrl } = twoNodes()
  while ((await listeners(databaseUrl)).length < 2) await sleep(20)
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  const before = await listeners(databaseUrl)
  for (const pid of before) await client.query('SELECT pg_terminate_backend($1)', [pid])
  await client.end()

  const tokens = await nodes[0].signUp('deaf')
  await nodes[0].call('POST', '/v1/logout', { refresh_token: tokens.refresh_token })
  await millisecondsUntilRefused(nodes[1], tokens, LONGEST_MILLISECONDS)

  const deadline = performance.now() + 10_000
  for (let now = before; now.length < 2 || now.some((pid) => before.includes(pid));) {
    assert.ok(performance.now() < deadline, 'nobody listens again')
    await sleep(50)
    now = await listeners(databaseUrl)
  }
})

test('what ends many sessions at once is refused on the other node too', async () => {
  const { nodes } = twoNodes()
  const first = await nodes[0].signUp()
  const others = await Promise.all(
    [0, 1, 0, 1, 0].map(
      async (node) => (await nodes[node]!.call('POST', '/v1/login', SIGN_IN)).body,
    ),
  )
  const all = [first, ...others]
  for (const tokens of all) assert.equal((await me(nodes[1], tokens)).status, 200)
  const { status } = await nodes[0].call(
    'POST',
    '/v1/logout',
    { everywhere: true },
    nodes[0].bearer(first.access_token),
  )
  assert.equal(status, 204)
  for (const tokens of all) await millisecondsUntilRefused(nodes[1], tokens, LONGEST_MILLISECONDS)
  assert.equal(new Set(all.map(({ access_token }) => claimsOf(access_token).sid)).size, 6)
})
