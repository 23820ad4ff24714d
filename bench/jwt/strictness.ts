import { createPublicKey, createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mock } from 'node:test'
import { generateKey, importKey } from '@mapae/jwt'
import type { AttackCase, AttackFixture } from '../../tests/attacks/jwt/attack-case.ts'
import { createPeers, toForms, type ComparedAlgorithm, type Peer } from './peers.ts'

/** How a library did on the tokens of the attack file that it can be asked about. */
export interface Strictness {
  readonly name: string
  /** Tokens that must be refused and were accepted, for each area of attack. */
  readonly accepted: Readonly<Record<string, number>>
  /** Tokens it was shown that must be refused. */
  readonly shown: number
  /** Tokens that are good and were refused. */
  readonly refusedGood: number
}

const timely = new Set(['expired', 'not_yet_valid'])
const compared: readonly string[] = [
  'ES256',
  'EdDSA',
  'RS256',
  'HS256',
] satisfies ComparedAlgorithm[]

/**
 * Show every library the attack tokens for one key with the usual policy: what cannot be asked of
 * all of them (several keys, options, imports, caches) is left out. `Date` stands at the moment of
 * the cases; a library with a clock of its own is not asked about the time.
 */
export async function measureStrictness(): Promise<Strictness[]> {
  const path = new URL('../../tests/attacks/jwt/attacks.jsonl', import.meta.url)
  const lines = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  const [fixture, ...attacks] = lines as [AttackFixture, ...AttackCase[]]
  const found = new Map<string, Counts>()
  mock.timers.enable({ apis: ['Date'], now: fixture.now * 1000 })
  try {
    for (const attack of attacks) {
      if (attack.kind !== 'token' || attack.options !== undefined) continue
      const [alg, second] = attack.keys as [string, string?]
      if (second !== undefined || !compared.includes(alg)) continue
      for (const peer of readPeers(alg as ComparedAlgorithm, fixture)) {
        if (peer.hasOwnClock === true && timely.has(attack.expect)) continue
        const row = found.get(peer.name) ?? { accepted: {}, shown: 0, refusedGood: 0 }
        found.set(peer.name, row)
        count(row, attack, await accepts(peer.verify!, attack.token))
      }
    }
  } finally {
    mock.timers.reset()
  }
  return [...found].map(([name, row]) => ({ name, ...row }))
}

interface Counts {
  readonly accepted: Record<string, number>
  shown: number
  refusedGood: number
}

function count(row: Counts, { area, expect }: AttackCase, isAccepted: boolean): void {
  if (expect === 'accepted') {
    if (!isAccepted) row.refusedGood++
    return
  }
  row.shown++
  if (isAccepted) row.accepted[area] = (row.accepted[area] ?? 0) + 1
}

async function accepts(verify: (token: string) => unknown, token: string): Promise<boolean> {
  try {
    await verify(token)
    return true
  } catch {
    return false
  }
}

const peersRead = new Map<string, Peer[]>()

/** The libraries with the key of the fixture; what they sign with does not matter here. */
function readPeers(alg: ComparedAlgorithm, fixture: AttackFixture): Peer[] {
  const known = peersRead.get(alg)
  if (known !== undefined) return known
  const { jwk } = fixture.keys[alg]! as { jwk: Record<string, string> }
  const { signing } = toForms(alg, generateKey(alg))
  const verifying =
    alg === 'HS256'
      ? createSecretKey(Buffer.from(jwk['k']!, 'base64url'))
      : createPublicKey({ key: jwk, format: 'jwk' })
  const peers = createPeers({ alg, key: importKey({ alg, jwk }), signing, verifying })
  peersRead.set(alg, peers)
  return peers
}
