import assert from 'node:assert/strict'

import {
  ACCESS_SECONDS,
  DAY_SECONDS,
  IDLE_SECONDS,
  startNode,
  type SimulatedNode,
  type TrueTime,
} from './node.ts'
import {
  createJoseVerifier,
  createMapaeVerifier,
  createOrigin,
  createOutages,
  createPatientVerifier,
  createProxy,
  type Verifier,
} from './verifiers.ts'

const LATEST_POLL_SECONDS = 60
const SKEW_SECONDS = 30

interface Minted {
  readonly token: string
  readonly kid: string
  /** At the latest, for a token of the slow clock and by the fast one. */
  readonly expiresAt: number
}

/** Two servers whose clocks are a minute apart, and everybody who verifies what they sign. */
export async function createWorld(databaseUrl: string, rotationDays: number, time: TrueTime) {
  const random = createRandom(2026)
  const options = { databaseUrl, time, rotationDays }
  const ahead = await startNode({ ...options, skewSeconds: SKEW_SECONDS })
  const behind = await startNode({ ...options, skewSeconds: -SKEW_SECONDS })
  const nodes = [ahead, behind]
  const pick = () => nodes[Math.floor(random() * nodes.length)]!
  const origin = createOrigin(() => pick().keys.publicJwks)
  const verifiers: Verifier[] = [
    createMapaeVerifier('@mapae/jwt', origin, time),
    createMapaeVerifier('@mapae/jwt behind a proxy', createProxy(origin, time), time),
    createMapaeVerifier(
      '@mapae/jwt, mostly cut off',
      createOutages(createProxy(origin, time), time),
      time,
    ),
    createJoseVerifier('jose behind a proxy', createProxy(origin, time)),
    createPatientVerifier('by the headers, behind a proxy', createProxy(origin, time), time),
  ]
  const polled = new Map(nodes.map((node) => [node, time.now]))

  return {
    nodes,
    verifiers,
    time,
    random,
    /** Lets time pass. Nodes read and change the keys on the way, at most a minute late. */
    async pass(seconds: number, setDate: (milliseconds: number) => void): Promise<void> {
      const end = time.now + seconds
      for (const node of nodes) {
        time.now = end - Math.floor(random() * LATEST_POLL_SECONDS)
        const isDue = end - polled.get(node)! >= LATEST_POLL_SECONDS
        if (!isDue && time.now <= polled.get(node)!) continue
        polled.set(node, time.now)
        await node.keys.follow()
      }
      time.now = end
      setDate(end * 1000)
      // Together: what is due is due on both nodes.
      await Promise.all(nodes.map(({ rotation }) => rotation.keepUp()))
    },
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  }
}

export type World = Awaited<ReturnType<typeof createWorld>>

/** Tokens that were handed out and are alive. Of each key the last ones are kept, and some others. */
export function createWallet(time: TrueTime, most: number) {
  let held: Minted[] = []
  return {
    add(token: string, kid: string, lifeSeconds: number) {
      held = held.filter(({ expiresAt }) => time.now < expiresAt)
      const sameKey = held.filter((one) => one.kid === kid)
      if (sameKey.length >= most) held.splice(held.indexOf(sameKey[most >> 1]!), 1)
      held.push({ token, kid, expiresAt: time.now + lifeSeconds - 2 * SKEW_SECONDS })
    },
    living: () => held.filter(({ expiresAt }) => time.now < expiresAt),
  }
}

/** Both nodes sign; everybody verifies what was signed now and what was signed before. */
export async function signAndVerify(
  world: World,
  access: ReturnType<typeof createWallet>,
  refresh: ReturnType<typeof createWallet>,
): Promise<number> {
  for (const node of world.nodes) {
    const minted = node.mint()
    access.add(minted.access, minted.accessKid, ACCESS_SECONDS)
    refresh.add(minted.refresh, minted.refreshKid, IDLE_SECONDS)
  }
  let verified = 0
  for (const { token } of refresh.living()) {
    for (const node of world.nodes) node.refreshTokens.verify(token)
    verified += world.nodes.length
  }
  for (const minted of access.living()) {
    for (const node of world.nodes) node.accessTokens.verify(minted.token)
    for (const verifier of world.verifiers) await accepts(verifier, minted, world)
    verified += world.nodes.length + world.verifiers.length
  }
  return verified
}

async function accepts(verifier: Verifier, { token, kid }: Minted, { time }: World): Promise<void> {
  try {
    await verifier.verify(token)
  } catch (error) {
    assert.fail(`${verifier.name} refused a valid token of ${kid} at ${time.now}: ${String(error)}`)
  }
}

/** Small steps while a key changes its stage, large ones while nothing happens. */
export async function nextStepSeconds(node: SimulatedNode, time: TrueTime): Promise<number> {
  const isBusy = (await node.rotation.list()).some(({ stage, since, safeToRetireAt }) => {
    if (stage === 'published') return true
    if (stage === 'signing') return time.now - since < 2 * ACCESS_SECONDS
    return stage === 'verify-only' && Math.abs(safeToRetireAt! - time.now) < ACCESS_SECONDS
  })
  return isBusy ? 100 : DAY_SECONDS
}

/** Repeatable: mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
