// `npm run bench`: the server against its peers and against the floors. Needs Linux, for the CPU
// times in /proc. Prints the page of results; `--save` keeps it in bench/server/results.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { startOwnTestPostgres } from '../../packages/server/tests/postgres/test-postgres.ts'
import { createArena, type Arena, type Entrant } from './arena.ts'
import { buildProduct } from './build-product.ts'
import { CONTESTANTS, type Contestant } from './contestants.ts'
import { measureFloors } from './floors.ts'
import { installPeers } from './install-peers.ts'
import { loadedMebibytes, measureStarts } from './memory.ts'
import { summariseProfile } from './profile.ts'
import { resultPage } from './result-page.ts'
import { measureInRounds } from './rounds.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
    save: { type: 'boolean', default: false },
  },
})

if (process.platform !== 'linux') throw new Error('CPU times are read from /proc: this needs Linux')
installPeers()
buildProduct()
const loadBefore = loadavg()[0]!
const folder = mkdtempSync(join(tmpdir(), 'mapae-bench-'))
const postgres = await startOwnTestPostgres({ isDurable: true })
const arena = createArena({ folder, createPostgresDatabase: () => postgres.createDatabase() })
try {
  const contestants = CONTESTANTS.filter(({ name }) => new RegExp(options.only).test(name))
  // Those without a database have nothing of the product in them, or not the whole of it.
  const whole = contestants.filter(
    ({ database, hasHash }) => database !== 'none' && hasHash !== false,
  )
  const starts = await measureStarts(arena, whole)
  const floors = await measureFloors(await postgres.createDatabase())
  const entrants: Entrant[] = []
  for (const contestant of contestants) entrants.push(await arena.enter(contestant))
  const rounds = Number(options.rounds)
  const milliseconds = Number(options.seconds) * 1000
  const timing = { rounds, warmUpMilliseconds: 1_500, milliseconds }
  const measured = await measureInRounds(entrants, timing, console.error)
  const page = resultPage({
    date: new Date(),
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
    loadBefore,
    rounds,
    measured,
    floors,
    starts,
    loadedMebibytes: loadedMebibytes(entrants),
    profiles: await profileOwn(arena, contestants),
  })
  console.log(page)
  if (options.save) save(page)
} finally {
  await arena.close()
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
}

/**
 * Once more, under the profiler, and not part of what was measured. From the sources, because what
 * is built is one file in which nobody can tell who wrote what.
 */
async function profileOwn(inArena: Arena, contestants: readonly Contestant[]) {
  const profiles = []
  for (const contestant of contestants.filter(({ driver }) => driver === 'mapae')) {
    for (const operation of contestant.database === 'none' ? [] : contestant.operations) {
      const profileFolder = mkdtempSync(join(folder, 'profile-'))
      const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
      const entrant = await inArena.enter(fromSource(contestant), nodeOptions)
      await entrant.run({ operation, milliseconds: 5_000 })
      await entrant.stop()
      const title = `${operation}, ${contestant.name}`
      profiles.push({ title, shares: summariseProfile(profileFolder, 'part') })
    }
  }
  return profiles
}

function fromSource(contestant: Contestant): Contestant {
  const command = contestant.command.map((word) =>
    word.replace(/^packages\/(.*)\/dist\/(.*)\.js$/, 'packages/$1/src/$2.ts'),
  )
  return { ...contestant, command: ['--conditions=mapae-source', ...command] }
}

function save(page: string): void {
  const results = join(root, 'bench/server/results')
  mkdirSync(results, { recursive: true })
  const day = new Date().toISOString().slice(0, 10)
  const file = join(results, `${day}.md`)
  writeFileSync(file, `${page}\n`)
  spawnSync(process.execPath, [join(root, 'node_modules/oxfmt/bin/oxfmt'), file])
}
