import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import type { KeyPurpose } from '../../src/domain/signing-key.ts'
import { startNode, type SimulatedNode, type TrueTime } from './simulation/node.ts'

const START = 1_800_000_000
const LATEST_POLL_SECONDS = 60
const SKEW_SECONDS = 30

const folder = mkdtempSync(join(tmpdir(), 'mapae-keys-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let databases = 0

interface Held {
  readonly token: string
  readonly kid: string
  readonly expiresAt: number
}

/** Two nodes whose clocks are a minute apart; one reads the keys every second, one every minute. */
async function createPair(purpose: KeyPurpose, quick: 'ahead' | 'behind') {
  const time: TrueTime = { now: START }
  const options = {
    databaseUrl: `sqlite:${join(folder, `${++databases}.db`)}`,
    time,
    rotationDays: 0,
  }
  const skews = quick === 'ahead' ? [1, -1] : [-1, 1]
  const [prompt, late] = await Promise.all(
    skews.map((sign) => startNode({ ...options, skewSeconds: sign * SKEW_SECONDS })),
  )
  const nodes = [prompt!, late!]
  const held: Held[] = []
  let latePolledAt = START

  function hold(token: string, kid: string): void {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
    held.push({ token, kid, expiresAt: exp })
  }

  return {
    time,
    prompt: prompt!,
    late: late!,
    /** Time passes: the nodes read the keys, both sign, and both verify what both signed. */
    async tick(seconds = 1): Promise<void> {
      time.now += seconds
      await prompt!.keys.follow()
      if (time.now - latePolledAt >= LATEST_POLL_SECONDS) {
        latePolledAt = time.now
        await late!.keys.follow()
      }
      const before = held.length
      for (const node of nodes) {
        const minted = node.mint()
        if (purpose === 'access_token') hold(minted.access, minted.accessKid)
        else hold(minted.refresh, minted.refreshKid)
      }
      for (const one of held.slice(before)) verifyBy(nodes, purpose, one)
    },
    /** Everything that a key signed last and that no clock calls expired. */
    verifyLast(kid: string): number {
      const alive = held.filter((one) => one.kid === kid).slice(-10)
      return alive.map((one) => verifyBy(nodes, purpose, one)).filter(Boolean).length
    },
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  }
}

/** Whether any node's clock called the token alive; each of those must accept it. */
function verifyBy(
  nodes: readonly SimulatedNode[],
  purpose: KeyPurpose,
  { token, expiresAt }: Held,
): boolean {
  const alive = nodes.filter((node) => node.now() < expiresAt)
  for (const node of alive) {
    if (purpose === 'access_token') node.accessTokens.verify(token)
    else node.refreshTokens.verify(token)
  }
  return alive.length > 0
}

for (const quick of ['ahead', 'behind'] as const) {
  for (const publisher of ['prompt', 'late'] as const) {
    for (const purpose of ['access_token', 'refresh_token'] as const) {
      test(`${purpose}, the quick node ${quick}, published by the ${publisher} one: known before it signs, kept until all has expired`, async () => {
        const pair = await createPair(purpose, quick)
        const { time, prompt } = pair
        const staged = async (kid: string) =>
          (await prompt.rotation.list()).find(({ key }) => key.kid === kid)!
        try {
          const purposeKeys = purpose === 'access_token' ? 'accessToken' : 'refreshToken'
          const old = prompt.keys[purposeKeys].signing.kid!
          for (let second = 0; second < 5; second++) await pair.tick()
          const { key } = await pair[publisher].rotation.rotate(purpose)
          for (let second = 0; second < LATEST_POLL_SECONDS + 5; second++) await pair.tick()

          time.now = Math.max(time.now, key.signsFrom - 2 * SKEW_SECONDS)
          const signsEverywhere = key.signsFrom + SKEW_SECONDS + LATEST_POLL_SECONDS
          while (time.now <= signsEverywhere) await pair.tick()
          for (const node of [pair.prompt, pair.late]) {
            assert.equal(node.keys[purposeKeys].signing.kid, key.kid)
          }

          // Until it is retired by the node whose clock is ahead, as soon as that is allowed.
          const { safeToRetireAt } = await staged(old)
          time.now = safeToRetireAt! - 300 - 2 * SKEW_SECONDS
          let verified = 0
          while ((await staged(old)).stage === 'verify-only') {
            verified += pair.verifyLast(old)
            for (const node of [pair.prompt, pair.late]) await node.rotation.keepUp()
            await pair.tick(5)
          }
          assert.ok(verified > 0)
          assert.equal(pair.verifyLast(old), 0)
        } finally {
          await pair.close()
        }
      })
    }
  }
}
