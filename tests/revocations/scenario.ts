import { setTimeout as sleep } from 'node:timers/promises'

import {
  call,
  PASSWORD,
  startProduction,
  type ProductionServer,
} from '../../packages/server/tests/nodes/production-server.ts'
import { startBalancer, type Balancer } from './balancer.ts'
import { startFleet, type Fleet } from './fleet.ts'

/** What `startProduction` gives servers as their issuer; their tokens are for it too. */
const ISSUER = 'https://auth.example.com'
const SIGN_IN = { username: 'mina', password: PASSWORD }

export interface Scenario {
  readonly nodes: ProductionServer[]
  readonly balancer: Balancer
  readonly fleet: Fleet
  /** A session that all verifiers accept. */
  startSession(): Promise<WatchedSession>
  /** Starts a node in the place of one that is gone. */
  replace(index: number): Promise<void>
  /** Cuts streams of the fuller node until both have some. */
  rebalance(): Promise<void>
  close(): Promise<void>
}

export interface WatchedSession {
  /** Signs out at the node; then, by how many milliseconds after its answer each verifier refused. */
  end(node: ProductionServer): Promise<{ readonly waits: Promise<readonly number[]> }>
}

/** Two nodes on one database, and verifiers that reach them through a load balancer. */
export async function startScenario(
  databaseUrl: string,
  size: { readonly processes: number; readonly verifiersEach: number },
): Promise<Scenario> {
  const start = () =>
    startProduction(databaseUrl, [], {
      MAPAE_REVOCATION_FEED: 'public',
      MAPAE_SIGNIN_LIMIT_ACCOUNT: '100000',
      MAPAE_SIGNIN_LIMIT_ADDRESS: '100000',
    })
  const nodes = await Promise.all([start(), start()])
  const balancer = await startBalancer(nodes.map(({ port }) => port))
  const order = { ...size, port: balancer.port, issuer: ISSUER, audience: ISSUER }
  const fleet = await startFleet(order)
  await call(nodes[0].port, 'POST', '/v1/signup', SIGN_IN)
  let sessions = 0

  return {
    nodes,
    balancer,
    fleet,
    async startSession() {
      const id = sessions++
      const { body } = await call(balancer.port, 'POST', '/v1/login', SIGN_IN)
      await fleet.watch(id, body.access_token)
      return {
        async end({ port }) {
          const token = { refresh_token: body.refresh_token }
          fleet.expectRefusal(id)
          const { status } = await call(port, 'POST', '/v1/logout', token)
          const answeredAt = Date.now()
          if (status !== 204) throw new Error(`logout was answered with ${status}`)
          const waits = fleet
            .refused(id)
            .then((instants) => instants.map((at) => Math.max(0, at - answeredAt)))
          return { waits }
        },
      }
    },
    async replace(index) {
      nodes[index] = await start()
      balancer.use(nodes.map(({ port }) => port))
    },
    async rebalance() {
      balancer.cutHalf(nodes[0].port)
      while (balancer.open(nodes[1].port) === 0) await sleep(20)
      await sleep(1_000)
    },
    async close() {
      await fleet.close()
      balancer.close()
      for (const node of nodes) node.signal('SIGTERM')
      await Promise.all(nodes.map(({ exited }) => exited))
    },
  }
}

/** `p50 3 ms, p99 12 ms, max 20 ms`, of how many. */
export function figures(waits: readonly number[]): string {
  const sorted = waits.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${sorted.at(-1)} ms of ${sorted.length}`
}
