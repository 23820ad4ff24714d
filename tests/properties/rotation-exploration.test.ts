import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { brokenRules } from './rotation/broken-rules.ts'
import { carelessness, configurations } from './rotation/configurations.ts'
import { explore } from './rotation/explore.ts'
import { createMemoryServer } from './rotation/memory-server.ts'

const MOST_WORLDS = 200_000
/** Distinct worlds of each configuration, rounded down: fewer means that something is not walked. */
const leastWorlds = {
  withoutKeys: 4500,
  withCookie: 4500,
  withKeys: 2200,
  patientWithoutKeys: 1000,
  patientWithKeys: 20_000,
  thiefWithoutKeys: 60_000,
  thiefWithKeys: 55_000,
  oneTabThiefWithoutKeys: 16_000,
  oneTabThiefWithKeys: 13_000,
  thiefOfStorage: 18_000,
  bound: 2200,
  boundWithCookie: 2200,
  boundWithKeys: 19_000,
  patientBound: 1800,
  boundThief: 8500,
  boundThiefOfStorage: 4500,
}

let total = 0
after(() => console.log(`the rules in memory: ${total} distinct worlds in all`))

for (const [key, least] of Object.entries(leastWorlds)) {
  const configuration = configurations[key as keyof typeof leastWorlds]
  test(`${configuration.name}: P1 to P4 hold in every world`, async (t) => {
    const { worlds, moves, breach, trace } = await explore(
      configuration,
      createMemoryServer(configuration),
      MOST_WORLDS,
    )
    assert.deepEqual({ breach, trace }, { breach: null, trace: [] })
    assert.ok(worlds >= least, `only ${worlds} worlds`)
    t.diagnostic(`${worlds} distinct worlds, ${moves} moves`)
    total += worlds
  })
}

for (const { name, decide, isUnchanged, seenWith, breaks } of brokenRules) {
  test(`a broken rule is found: ${name}`, async (t) => {
    const server = createMemoryServer(seenWith, { decide, isUnchanged })
    const { breach, trace, worlds } = await explore(seenWith, server, MOST_WORLDS)
    assert.equal(breach?.property, breaks, trace.join('; '))
    t.diagnostic(`${breach.what} (world ${worlds}, ${trace.length - 1} moves)`)
  })
}

for (const [name, configuration] of Object.entries(carelessness)) {
  test(`what clients must take care of: ${name}`, async () => {
    const server = createMemoryServer(configuration)
    const { breach } = await explore(configuration, server, MOST_WORLDS)
    assert.equal(breach?.property, 'P1 no false logout')
  })
}
