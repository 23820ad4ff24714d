import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { configurations } from './rotation/configurations.ts'
import { eachStepOnce } from './rotation/each-step-once.ts'
import { explore } from './rotation/explore.ts'
import { createMemoryServer } from './rotation/memory-server.ts'
import type { Configuration } from './rotation/model.ts'
import type { Server } from './rotation/server.ts'
import {
  createSqliteServer,
  type RewriteSql,
  type SqliteOptions,
} from './rotation/sqlite-server.ts'

const MOST_WORLDS = 50_000
const LEAST_WORLDS_IN_ALL = 25_000

async function exploreStored(
  configuration: Configuration,
  options: SqliteOptions,
  takingSteps: (server: Server) => Server = (server) => server,
) {
  const server = await createSqliteServer(configuration, options)
  try {
    return await explore(configuration, takingSteps(server), MOST_WORLDS)
  } finally {
    await server.close()
  }
}

const { withoutKeys, withKeys, bound, boundThief, boundThiefOfStorage } = configurations
const thiefWithoutKeys = { ...configurations.oneTabThiefWithoutKeys, stepSeconds: 6 }
const thiefWithKeys = { ...configurations.oneTabThiefWithKeys, stepSeconds: 6 }
const inTwoSteps = { exchangesLiveAtOnce: false }

let total = 0
after(() => console.log(`the rules on SQLite: ${total} distinct worlds in all`))

/**
 * One of each kind takes every step as often as worlds lead to it, on whichever session, whose past
 * must not matter. That shown, the others take each distinct step once.
 */
const asOftenAsItComes = new Set<Configuration>([withoutKeys, bound])

for (const { configuration, options } of [
  { configuration: withoutKeys, options: {} },
  { configuration: withKeys, options: {} },
  { configuration: thiefWithoutKeys, options: {} },
  { configuration: thiefWithKeys, options: {} },
  { configuration: bound, options: {} },
  { configuration: boundThief, options: {} },
  { configuration: boundThiefOfStorage, options: {} },
  { configuration: withoutKeys, options: inTwoSteps },
  { configuration: withKeys, options: inTwoSteps },
  { configuration: bound, options: inTwoSteps },
]) {
  const isAtOnce = options !== inTwoSteps
  const way = isAtOnce ? '' : ', each exchange read and then written'
  test(`on SQLite, ${configuration.name}${way}: P1 to P4 hold in every world`, async (t) => {
    const isRepeating = isAtOnce && asOftenAsItComes.has(configuration)
    const takingSteps = isRepeating ? undefined : eachStepOnce
    const stored = await exploreStored(configuration, options, takingSteps)
    const { breach, trace, worlds, moves } = stored
    assert.deepEqual({ breach, trace }, { breach: null, trace: [] })
    const memory = createMemoryServer(configuration, { exchangesLiveAtOnce: isAtOnce })
    const rules = await explore(configuration, memory, MOST_WORLDS)
    assert.deepEqual([worlds, moves], [rules.worlds, rules.moves], 'the store follows the rules')
    t.diagnostic(`${worlds} distinct worlds, ${moves} moves`)
    total += worlds
  })
}

test('on SQLite, thousands of worlds were walked', () => {
  assert.ok(total >= LEAST_WORLDS_IN_ALL, `only ${total}`)
})

test("on SQLite, a bound session whose tokens do not tell so is anybody's", async () => {
  const { breach } = await exploreStored(boundThief, { tokensTellTheKey: false })
  assert.equal(breach?.property, 'P2 theft ends')
})

interface BrokenStatement {
  readonly name: string
  readonly rewriteSql: RewriteSql
  readonly breaks: string
  readonly seenWith: Configuration
}

/** Replaces a part of the statements of that kind. */
function replacing(statement: RegExp, part: string, by: string): RewriteSql {
  return (sql) => (statement.test(sql) ? sql.replace(part, by) : sql)
}

const rotateLive = /^UPDATE sessions SET live = live/
const advance = /^UPDATE sessions SET live = \?/
const end = /^UPDATE sessions SET ended_at/

const keyNotStored = replacing(
  rotateLive,
  'retry_key_hash = ?',
  'retry_key_hash = CASE ? WHEN 0 THEN 0 END',
)

const brokenStatements: readonly BrokenStatement[] = [
  {
    name: 'whatever comes is exchanged as the newest',
    rewriteSql: (sql) => keyNotStored(replacing(rotateLive, 'AND live = ?', 'AND ? > 0')(sql)),
    breaks: 'P3 one line',
    seenWith: withoutKeys,
  },
  {
    name: 'the newest token of an ended session is exchanged',
    rewriteSql: replacing(rotateLive, 'AND ended_at IS NULL', ''),
    breaks: 'P4 no resurrection',
    seenWith: withoutKeys,
  },
  {
    name: 'the key is not stored',
    rewriteSql: keyNotStored,
    breaks: 'P1 no false logout',
    seenWith: withKeys,
  },
  {
    name: 'no compare-and-set',
    rewriteSql: replacing(advance, 'AND live = ? AND spent = ?', 'AND ? > 0 AND ? >= 0'),
    breaks: 'P3 one line',
    seenWith: withoutKeys,
  },
  {
    name: 'the live generation is not compared',
    rewriteSql: replacing(advance, 'AND live = ?', 'AND ? > 0'),
    breaks: 'P3 one line',
    seenWith: withoutKeys,
  },
  {
    name: 'an ended session is recovered',
    rewriteSql: replacing(advance, 'AND ended_at IS NULL', ''),
    breaks: 'P4 no resurrection',
    seenWith: withoutKeys,
  },
  {
    name: 'an ended session is ended again',
    rewriteSql: replacing(end, 'AND ended_at IS NULL', ''),
    breaks: 'P4 no resurrection',
    seenWith: thiefWithKeys,
  },
]

for (const { name, rewriteSql, breaks, seenWith } of brokenStatements) {
  test(`a broken statement is found: ${name}`, async (t) => {
    const { breach, trace, worlds } = await exploreStored(seenWith, { rewriteSql })
    assert.equal(breach?.property, breaks, trace.join('; '))
    t.diagnostic(`${breach.what} (world ${worlds}, ${trace.length - 1} moves)`)
  })
}
