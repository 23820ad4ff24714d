import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  startTestPostgres,
  type TestPostgres,
} from '../../packages/server/tests/postgres/test-postgres.ts'
import { figures, startScenario, type Scenario } from './scenario.ts'

const LONGEST_MILLISECONDS = 1000
const LOGOUTS = 10

let postgres: TestPostgres
let scenario: Scenario
before(async () => {
  postgres = await startTestPostgres()
  scenario = await startScenario(await postgres.createDatabase(), {
    processes: 2,
    verifiersEach: 5,
  })
})
after(async () => {
  await scenario.close()
  await postgres.close()
})

test('a logout at either node is refused by every verifier of either, within a second', async (t) => {
  const { nodes, balancer } = scenario
  for (const { port } of nodes) assert.ok(balancer.open(port) >= 4, 'streams lead to both nodes')
  const waits: number[] = []
  for (let count = 0; count < LOGOUTS; count++) {
    const session = await scenario.startSession()
    const ended = await session.end(nodes[count % 2]!)
    waits.push(...(await ended.waits))
  }
  t.diagnostic(figures(waits))
  assert.equal(waits.length, LOGOUTS * 10)
  assert.ok(Math.max(...waits) < LONGEST_MILLISECONDS, figures(waits))
})

test('also while a node is killed and its verifiers connect to the other one', async (t) => {
  const { nodes } = scenario
  const sessions = []
  for (let count = 0; count < LOGOUTS; count++) sessions.push(await scenario.startSession())
  nodes[1]!.signal('SIGKILL')
  const all: Promise<readonly number[]>[] = []
  for (const session of sessions) {
    all.push((await session.end(nodes[0]!)).waits)
    await sleep(20)
  }
  const waits = (await Promise.all(all)).flat()
  t.diagnostic(figures(waits))
  assert.ok(Math.max(...waits) < LONGEST_MILLISECONDS, figures(waits))
})
