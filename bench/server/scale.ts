// `npm run bench:scale`: what a refresh costs with 10,000 and with 1,000,000 sessions in the
// database, on both engines, in interleaved rounds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { Client } from 'pg'

import { startOwnTestPostgres } from '../../packages/server/tests/postgres/test-postgres.ts'
import { createArena, type Entrant } from './arena.ts'
import { buildProduct } from './build-product.ts'
import { CONTESTANTS } from './contestants.ts'
import { formatMeasured, measureInRounds } from './rounds.ts'

const SIZES = [10_000, 1_000_000]
const TIMING = { rounds: 5, warmUpMilliseconds: 1_000, milliseconds: 3_000 }

/**
 * Sessions of the accounts that are there, all open, and the events of their start. Identifiers
 * have the form of real ones and are spread over the index, as after months of sign-ins.
 */
const fillings = {
  sqlite: (count: number) => [
    `CREATE TEMP TABLE owner AS SELECT id, row_number() OVER () - 1 AS n FROM users`,
    `CREATE TEMP TABLE filling AS
      WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${count})
      SELECT substr(hex(randomblob(11)), 1, 21) || 'A' AS id, owner.id AS user_id
      FROM number JOIN owner ON owner.n = number.n % 64`,
    `INSERT INTO sessions (id, user_id, client_id, audience, live, spent, created_at,
        last_used_at, idle_expires_at, absolute_expires_at, device_label, ip_address)
      SELECT id, user_id, 'first-party', 'https://api.example.com', 1, 0, unixepoch(),
        unixepoch(), unixepoch() + 2592000, unixepoch() + 15552000, 'bench', '10.9.0.1'
      FROM filling`,
    `INSERT INTO events (at, name, user_id, session_id, ip_address, details)
      SELECT unixepoch(), 'session.started', user_id, id, '10.9.0.1', '{}' FROM filling`,
  ],
  postgres: (count: number) => [
    `CREATE TEMP TABLE owner AS SELECT id, row_number() OVER () - 1 AS n FROM users`,
    `CREATE TEMP TABLE filling AS
      SELECT substr(md5(number.n::text || 'a') , 1, 21) || 'A' AS id, owner.id AS user_id
      FROM generate_series(1, ${count}) AS number (n) JOIN owner ON owner.n = number.n % 64`,
    `INSERT INTO sessions (id, user_id, client_id, audience, live, spent, created_at,
        last_used_at, idle_expires_at, absolute_expires_at, device_label, ip_address)
      SELECT id, user_id, 'first-party', 'https://api.example.com', 1, 0,
        extract(epoch FROM now())::bigint, extract(epoch FROM now())::bigint,
        extract(epoch FROM now())::bigint + 2592000, extract(epoch FROM now())::bigint + 15552000,
        'bench', '10.9.0.1'
      FROM filling`,
    `INSERT INTO events (at, name, user_id, session_id, ip_address, details)
      SELECT extract(epoch FROM now())::bigint, 'session.started', user_id, id, '10.9.0.1', '{}'
      FROM filling`,
    `ANALYZE`,
    `CHECKPOINT`,
  ],
}

async function fill(databaseUrl: string, count: number): Promise<void> {
  if (databaseUrl.startsWith('sqlite:')) {
    const database = new DatabaseSync(databaseUrl.slice('sqlite:'.length))
    for (const statement of fillings.sqlite(count)) database.exec(statement)
    database.close()
    return
  }
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  for (const statement of fillings.postgres(count)) await client.query(statement)
  await client.end()
}

buildProduct()
const folder = mkdtempSync(join(tmpdir(), 'mapae-scale-'))
const postgres = await startOwnTestPostgres({ isDurable: true })
const arena = createArena({
  folder,
  createPostgresDatabase: () => postgres.createDatabase(),
})
try {
  for (const name of ['mapae, SQLite FULL', 'mapae, PostgreSQL']) {
    const contestant = CONTESTANTS.find((one) => one.name === name)!
    const entrants: Entrant[] = []
    for (const size of SIZES) {
      const sized = {
        ...contestant,
        name: `${name}, ${size} sessions`,
        operations: ['refresh'] as const,
      }
      entrants.push(await arena.enter(sized, [], (databaseUrl) => fill(databaseUrl, size)))
    }
    const measured = await measureInRounds(entrants, TIMING, console.error)
    for (const one of measured) console.log(formatMeasured(one))
    const [few, many] = measured.map((one) => one.serverCpu + one.databaseCpu)
    console.log(`${name}: ${(many! / few!).toFixed(2)} × the CPU time with 100 × the sessions`)
    for (const entrant of entrants) await entrant.stop()
  }
} finally {
  await arena.close()
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
}
