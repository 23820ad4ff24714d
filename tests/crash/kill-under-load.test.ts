// `npm run test:crash` runs this file with `--kills=20`; `npm test` is content with fewer.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'

import {
  startOwnTestPostgres,
  type OwnTestPostgres,
} from '../../packages/server/tests/postgres/test-postgres.ts'
import { passwordHashOf, seedUsers } from '../../packages/server/tests/seed-users.ts'
import { PASSWORD, startLoad, USERS, type ClientSession } from './clients.ts'
import { killPostgres } from './kill-postgres.ts'
import { findLossesInStorage, findLossesOverHttp } from './losses.ts'
import { startServer, type Server } from './server-process.ts'

const asked = /--kills=(\d+)/.exec(process.argv.join(' '))?.[1]
const KILLS = Number(asked ?? 1)
/** So many answers into the load comes the kill: a spread over its phases. */
const acknowledgementsBeforeKill = (kill: number): number => 90 + ((kill * 157) % 700)

const folder = mkdtempSync(join(tmpdir(), 'mapae-crash-'))
let postgres: OwnTestPostgres

before(async () => {
  postgres = await startOwnTestPostgres({ isDurable: true })
})
after(async () => {
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Stage {
  readonly databaseUrl: string
  readonly start: () => Promise<Server>
  /** Kills what is to be killed and brings all of it up again. */
  readonly crash: (server: Server, gone: Promise<void>) => Promise<Server>
}

async function killAgainAndAgain(t: TestContext, { databaseUrl, start, crash }: Stage) {
  const known: ClientSession[] = []
  const losses: string[] = []
  const total = { logins: 0, refreshes: 0, logouts: 0 }
  let server = await start()
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const load = startLoad(server.url)
      const failed = load.over.then(() => {
        throw new Error('the load ended before the kill')
      })
      await Promise.race([load.after(acknowledgementsBeforeKill(kill)), failed])
      failed.catch(() => {})
      server = await crash(server, load.over)
      known.push(...load.sessions)
      for (const what of ['logins', 'refreshes', 'logouts'] as const) {
        total[what] += load.acknowledged[what]
      }
      losses.push(...(await findLossesInStorage(databaseUrl, known)))
      losses.push(...(await findLossesOverHttp(server.url, known)))
    }
  } finally {
    await server.kill()
  }
  t.diagnostic(
    `${KILLS} kills among ${total.logins} logins, ${total.refreshes} refreshes and ${total.logouts} logouts that were acknowledged; ${losses.length} losses`,
  )
  assert.deepEqual(losses, [])
  assert.ok(total.logins > 0 && total.refreshes > 0)
}

async function killServer(server: Server, gone: Promise<void>, start: () => Promise<Server>) {
  await server.kill()
  await gone
  return start()
}

test('kill -9 of the server on SQLite: nothing acknowledged is lost', async (t) => {
  const databaseUrl = `sqlite:${join(folder, 'mapae.db')}`
  await seedUsers(databaseUrl, USERS, await passwordHashOf(PASSWORD))
  const start = () => startServer(databaseUrl, folder)
  const crash: Stage['crash'] = (server, gone) => killServer(server, gone, start)
  await killAgainAndAgain(t, { databaseUrl, start, crash })
})

test('kill -9 of the server on PostgreSQL: nothing acknowledged is lost', async (t) => {
  const databaseUrl = await postgres.createDatabase()
  await seedUsers(databaseUrl, USERS, await passwordHashOf(PASSWORD))
  const start = () => startServer(databaseUrl, folder)
  const crash: Stage['crash'] = (server, gone) => killServer(server, gone, start)
  await killAgainAndAgain(t, { databaseUrl, start, crash })
})

test('kill -9 of PostgreSQL, all its processes: nothing acknowledged is lost, the server recovers', async (t) => {
  const databaseUrl = await postgres.createDatabase()
  await seedUsers(databaseUrl, USERS, await passwordHashOf(PASSWORD))
  await killAgainAndAgain(t, {
    databaseUrl,
    start: () => startServer(databaseUrl, folder),
    async crash(server, gone) {
      await killPostgres(postgres)
      await gone
      await postgres.start()
      await server.ready()
      return server
    },
  })
})
