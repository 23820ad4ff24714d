// `npm run bench:revocations`: how long after a logout's answer every resource server refuses the
// session, also while a node dies and while one is replaced; and what idle listeners cost.
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

import { startOwnTestPostgres } from '../../packages/server/tests/postgres/test-postgres.ts'
import { figures, startScenario, type Scenario } from '../../tests/revocations/scenario.ts'
import { measureIdle } from './idle.ts'

const PROCESSES = 4
const VERIFIERS_EACH = 25
const STEADY_LOGOUTS = 60
const ROUNDS = 3
const LOGOUTS_A_ROUND = 20

async function steady(scenario: Scenario): Promise<string> {
  const waits: number[] = []
  for (let count = 0; count < STEADY_LOGOUTS; count++) {
    const session = await scenario.startSession()
    await sleep((count * 37) % 250)
    waits.push(...(await (await session.end(scenario.nodes[count % 2]!)).waits))
  }
  return figures(waits)
}

/** Ends sessions at the first node from the moment on in which something befalls the other one. */
async function whileNodeGoes(scenario: Scenario, befall: () => Promise<void>): Promise<number[]> {
  const sessions = []
  for (let count = 0; count < LOGOUTS_A_ROUND; count++) {
    sessions.push(await scenario.startSession())
  }
  await befall()
  const all: Promise<readonly number[]>[] = []
  for (const session of sessions) {
    all.push((await session.end(scenario.nodes[0]!)).waits)
    await sleep(50)
  }
  const waits = (await Promise.all(all)).flat()
  await scenario.nodes[1]!.exited
  await scenario.replace(1)
  await scenario.rebalance()
  return waits
}

async function rounds(round: () => Promise<number[]>): Promise<string> {
  const waits: number[] = []
  for (let count = 0; count < ROUNDS; count++) waits.push(...(await round()))
  return figures(waits)
}

const postgres = await startOwnTestPostgres({ isDurable: true })
const size = { processes: PROCESSES, verifiersEach: VERIFIERS_EACH }
const scenario = await startScenario(await postgres.createDatabase(), size)
const total = PROCESSES * VERIFIERS_EACH
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]!.model}`)
console.log(`${total} verifiers in ${PROCESSES} processes, 2 nodes, PostgreSQL with fsync.`)
console.log('From the answer to the logout to the refusal at each verifier:\n')
console.log(`| | p50, p99, max |`)
console.log(`| --- | --- |`)
console.log(`| nothing else happens | ${await steady(scenario)} |`)
const killed = await rounds(() =>
  whileNodeGoes(scenario, async () => scenario.nodes[1]!.signal('SIGKILL')),
)
console.log(`| the other node is killed (kill -9) at that moment | ${killed} |`)
const stopped = await rounds(() =>
  whileNodeGoes(scenario, async () => {
    scenario.balancer.use([scenario.nodes[0]!.port])
    scenario.nodes[1]!.signal('SIGTERM')
  }),
)
console.log(`| the other node is stopped (SIGTERM) at that moment | ${stopped} |`)
await scenario.close()
await postgres.close()

console.log('\nIdle listeners on one node (SQLite), 20 s:\n')
console.log('| listeners | RSS MB | CPU % | bytes/s each |')
console.log('| --- | --- | --- | --- |')
for (const cost of await measureIdle([0, 1_000])) {
  const { subscribers, residentMegabytes, cpuPercent, bytesASecondEach } = cost
  const row = [
    subscribers,
    residentMegabytes.toFixed(1),
    cpuPercent.toFixed(1),
    bytesASecondEach.toFixed(0),
  ]
  console.log(`| ${row.join(' | ')} |`)
}
