import { writeFileSync } from 'node:fs'
import type { AttackFixture } from './attack-case.ts'
import { addAlgorithmCases } from './cases/algorithm.ts'
import { addCacheCases } from './cases/cache.ts'
import { addClaimCases } from './cases/claims.ts'
import { Collector } from './cases/collect.ts'
import { addFormCases } from './cases/form.ts'
import { addJsonCases } from './cases/json.ts'
import { addKeyCases } from './cases/keys.ts'
import { addOptionCases } from './cases/options.ts'
import { addRemoteCases } from './cases/remote.ts'
import { addSignatureCases } from './cases/signature.ts'
import { audience, issuer, now } from './token-forge.ts'

// Writes attacks.jsonl: npm run attacks:jwt
// The keys are made for this file and thrown away. Nothing of the library takes part.
const all = new Collector()
addAlgorithmCases(all)
addSignatureCases(all)
addFormCases(all)
addJsonCases(all)
addClaimCases(all)
addKeyCases(all)
addOptionCases(all)
addCacheCases(all)
addRemoteCases(all)

const keys = Object.fromEntries(
  Object.entries(all.keys).map(([name, { alg, jwk }]) => [name, { alg, jwk }]),
)
const fixture: AttackFixture = { now, issuer, audience, keys }
const lines = [fixture, ...all.cases].map((line) => JSON.stringify(line))
writeFileSync(new URL('attacks.jsonl', import.meta.url), `${lines.join('\n')}\n`)
process.stdout.write(`${all.cases.length} cases\n`)
