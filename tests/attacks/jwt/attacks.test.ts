import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as jwt from '@mapae/jwt'
import { parseJsonObject } from '@mapae/jwt/strict-json'
import type { AttackCase, AttackFixture } from './attack-case.ts'
import { runCase } from './run-case.ts'

const lines = readFileSync(new URL('attacks.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
const [fixture, ...attacks] = lines.map((line) => JSON.parse(line) as unknown) as [
  AttackFixture,
  ...AttackCase[],
]
const refused = attacks.filter(({ expect }) => expect !== 'accepted')

test(`${attacks.length} attack cases, ${refused.length} of them to be refused`, async (context) => {
  assert.ok(refused.length >= 200)
  const wrong: string[] = []
  for (const sync of [true, false]) {
    for (const attack of attacks) {
      const outcome = await runCase({ jwt, parseJsonObject, sync }, fixture, attack)
      if (outcome !== attack.expect) wrong.push(`${attack.id}: ${outcome}, not ${attack.expect}`)
    }
  }
  assert.deepEqual(wrong, [])
  context.diagnostic(`${attacks.length} attack cases, each through both forms`)
})
