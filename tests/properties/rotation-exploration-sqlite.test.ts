import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { configurations } from './rotation/configurations.ts'
import { explore } from './rotation/explore.ts'
import { createMemoryServer } from './rotation/memory-server.ts'
import type { Configuration } from './rotation/model.ts'
import { createSqliteServer, type RewriteSql } from './rotation/sqlite-server.ts'

const MOST_WORLDS = 50_000
const LEAST_WORLDS_IN_ALL = 20_000

async function exploreStored(configuration: Configuration, rewriteSql?: RewriteSql) {
  const server = await createSqliteServer(configuration, rewriteSql)
  try {
    return await explore(configuration, server, MOST_WORLDS)
  } finally {
    await server.close()
  }
}

const { withoutKeys, withKeys } = configurations
const thiefWithoutKeys = { ...configurations.oneTabThiefWithoutKeys, stepSeconds: 6 }
const thiefWithKeys = { ...configurations.oneTabThiefWithKeys, stepSeconds: 6 }

let total = 0
after(() => console.log(`the rules on SQLite: ${total} distinct worlds in all`))

for (const configuration of [withoutKeys, withKeys, thiefWithoutKeys, thiefWithKeys]) {
  test(`on SQLite, ${configuration.name}: P1 to P4 hold in every world`, async (t) => {
    const stored = await exploreStored(configuration)
    const { breach, trace, worlds, moves } = stored
    assert.deepEqual({ breach, trace }, { breach: null, trace: [] })
    const rules = await explore(configuration, createMemoryServer(configuration), MOST_WORLDS)
    assert.deepEqual([worlds, moves], [rules.worlds, rules.moves], 'the store follows the rules')
    t.diagnostic(`${worlds} distinct worlds, ${moves} moves`)
    total += worlds
  })
}

test('on SQLite, tens of thousands of worlds were walked', () => {
  assert.ok(total >= LEAST_WORLDS_IN_ALL, `only ${total}`)
})

interface BrokenStatement {
  readonly name: string
  readonly rewriteSql: RewriteSql
  readonly breaks: string
  readonly seenWith: Configuration
}

/** Replaces a part that must be there in some statement of that kind. */
function replacing(statement: RegExp, part: string, by: string): RewriteSql {
  return (sql) => (statement.test(sql) ? sql.replace(part, by) : sql)
}

const advance = /^UPDATE sessions SET live/
const end = /^UPDATE sessions SET ended_at/

const brokenStatements: readonly BrokenStatement[] = [
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
    name: 'an ended session can be exchanged',
    rewriteSql: replacing(advance, 'AND ended_at IS NULL', ''),
    breaks: 'P4 no resurrection',
    seenWith: withoutKeys,
  },
  {
    name: 'an ended session can be ended again',
    rewriteSql: replacing(end, 'AND ended_at IS NULL', ''),
    breaks: 'P4 no resurrection',
    seenWith: thiefWithKeys,
  },
  {
    name: 'the key is not stored',
    rewriteSql: replacing(
      advance,
      'retry_key_hash = ?',
      'retry_key_hash = CASE ? WHEN 0 THEN 0 END',
    ),
    breaks: 'P1 no false logout',
    seenWith: withKeys,
  },
]

for (const { name, rewriteSql, breaks, seenWith } of brokenStatements) {
  test(`a broken statement is found: ${name}`, async (t) => {
    const { breach, trace, worlds } = await exploreStored(seenWith, rewriteSql)
    assert.equal(breach?.property, breaks, trace.join('; '))
    t.diagnostic(`${breach.what} (world ${worlds}, ${trace.length - 1} moves)`)
  })
}
