import * as jwt from '@mapae/jwt'
import { parseJsonObject } from '@mapae/jwt/strict-json'
import type { AttackCase, AttackFixture } from '../../../../tests/attacks/jwt/attack-case.ts'
import { runCase } from '../../../../tests/attacks/jwt/run-case.ts'

/** What came of the cases in some runtime. */
export interface Report {
  readonly ran: number
  /** Algorithms this runtime lacks. */
  readonly lacking: readonly string[]
  readonly skipped: number
  readonly wrong: readonly string[]
}

/**
 * Run every attack case, and sign and verify with every algorithm, in whatever runtime this is
 * bundled for. `lines` is the text of the attack file.
 */
export async function runEverywhere(lines: string): Promise<Report> {
  const [fixture, ...attacks] = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown) as [AttackFixture, ...AttackCase[]]
  const wrong: string[] = []
  const lacking: string[] = []
  for (const alg of Object.keys(jwt.algorithms) as jwt.Algorithm[]) {
    const outcome = await roundTrip(alg)
    if (outcome === 'key_alg_unsupported') lacking.push(alg)
    else if (outcome !== 'good') wrong.push(`${alg}: ${outcome}`)
  }
  let skipped = 0
  for (const attack of attacks) {
    if (attack.needs !== undefined && lacking.includes(attack.needs)) {
      skipped++
      continue
    }
    const outcome = await runCase({ jwt, parseJsonObject, sync: false }, fixture, attack)
    if (outcome !== attack.expect) wrong.push(`${attack.id}: ${outcome}, not ${attack.expect}`)
  }
  return { ran: attacks.length - skipped, lacking, skipped, wrong }
}

async function roundTrip(alg: jwt.Algorithm): Promise<string> {
  const claims = { iss: 'a', aud: 'b', exp: 2000, 이름: '마패' }
  try {
    const key = await jwt.generateKey.async(alg, { kid: 'k' })
    const token = await jwt.createSigner({ key, typ: 'at+jwt' }).async(claims)
    const jwk = jwt.exportJwk(key, { private: key.kind === 'secret' })
    const keys = await jwt.importKey.async({ alg, jwk })
    const verify = jwt.createVerifier({
      keys,
      issuer: 'a',
      audience: 'b',
      typ: 'at+jwt',
      clock: () => 1000,
    })
    const verified = await verify.async(token)
    const thumbprint = await jwt.thumbprint.async(key)
    if (thumbprint !== (await jwt.thumbprint.async(jwk))) return 'thumbprints differ'
    return JSON.stringify(verified) === JSON.stringify(claims) ? 'good' : JSON.stringify(verified)
  } catch (error) {
    return error instanceof jwt.KeyError ? error.code : String(error)
  }
}
