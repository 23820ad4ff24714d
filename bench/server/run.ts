import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { startOwnTestPostgres } from '../../packages/server/tests/postgres/test-postgres.ts'
import { createArena } from './arena.ts'
import { CONTESTANTS } from './contestants.ts'
import { formatMeasured, measureInRounds } from './rounds.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'mapae-bench-'))
const postgres = await startOwnTestPostgres({ isDurable: true })
const arena = createArena({ folder, createPostgresDatabase: () => postgres.createDatabase() })
try {
  const entrants = []
  for (const contestant of CONTESTANTS) {
    if (new RegExp(options.only).test(contestant.name)) entrants.push(await arena.enter(contestant))
  }
  const measured = await measureInRounds(
    entrants,
    {
      rounds: Number(options.rounds),
      warmUpMilliseconds: 1500,
      milliseconds: Number(options.seconds) * 1000,
    },
    console.log,
  )
  console.log('medians')
  for (const one of measured) console.log(formatMeasured(one))
} finally {
  await arena.close()
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
}
