// `npm run bench:storm`: 200 clients sign in at once, over and over, while 64 others refresh. Says
// what that does to the refreshes, to the logins beyond the queue and to the memory.
import { setMaxListeners } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { startOwnTestPostgres } from '../../packages/server/tests/postgres/test-postgres.ts'
import { createArena, type Entrant } from './arena.ts'
import { buildProduct } from './build-product.ts'
import { CONTESTANTS } from './contestants.ts'
import { residentMebibytes } from './cpu.ts'
import { PASSWORD } from './drivers/driver.ts'
import { createHttpClient, type Answer, type HttpClient } from './http-client.ts'
import { median } from './rounds.ts'

const SIGNING_IN = 200
const USERS = 64
const ROUNDS = 3
const MILLISECONDS = 5_000
const SAMPLE_MILLISECONDS = 100

interface Storm {
  readonly signedIn: number
  readonly turnedAway: number
  /** Answers that were neither, or turned away without saying when to come again. */
  readonly wrong: number
}

buildProduct()
const folder = mkdtempSync(join(tmpdir(), 'mapae-storm-'))
const postgres = await startOwnTestPostgres({ isDurable: true })
const arena = createArena({ folder, createPostgresDatabase: () => postgres.createDatabase() })
try {
  for (const name of ['mapae, SQLite FULL', 'mapae, PostgreSQL']) {
    await measure(await arena.enter(CONTESTANTS.find((one) => one.name === name)!))
  }
} finally {
  await arena.close()
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
}

async function measure(entrant: Entrant): Promise<void> {
  const { pid } = entrant.server
  await entrant.run({ operation: 'refresh', milliseconds: 2_000 })
  const idle = residentMebibytes(pid)
  let most = idle
  const sampling = setInterval(
    () => (most = Math.max(most, residentMebibytes(pid))),
    SAMPLE_MILLISECONDS,
  )
  const ratios: number[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const quiet = await entrant.run({ operation: 'refresh', milliseconds: MILLISECONDS })
    const { storm, stop } = startStorm(entrant.server.url)
    const stormy = await entrant.run({ operation: 'refresh', milliseconds: MILLISECONDS })
    stop()
    const { signedIn, turnedAway, wrong } = await storm
    ratios.push(stormy.p99Milliseconds / quiet.p99Milliseconds)
    console.log(
      `${entrant.contestant.name}, round ${round}: refresh p99 ${quiet.p99Milliseconds.toFixed(1)} ms quiet, ${stormy.p99Milliseconds.toFixed(1)} ms in the storm (p50 ${quiet.p50Milliseconds.toFixed(1)} and ${stormy.p50Milliseconds.toFixed(1)} ms, ${(quiet.operations / quiet.seconds).toFixed(0)} and ${(stormy.operations / stormy.seconds).toFixed(0)} a second); ${signedIn} signed in, ${turnedAway} got 503 with Retry-After, ${wrong} anything else`,
    )
  }
  clearInterval(sampling)
  console.log(
    `${entrant.contestant.name}: p99 in the storm is ${median(ratios).toFixed(2)} × the quiet one (median of ${ROUNDS}); memory ${idle.toFixed(0)} MiB before, ${most.toFixed(0)} MiB at most`,
  )
}

function startStorm(url: string) {
  const over = new AbortController()
  setMaxListeners(SIGNING_IN, over.signal)
  const counts = { signedIn: 0, turnedAway: 0, wrong: 0 }
  const storm = Promise.all(
    Array.from({ length: SIGNING_IN }, async (_, n) => {
      const client = createHttpClient(url, `10.1.0.${n + 1}`)
      while (!over.signal.aborted) {
        const answer = await signIn(client, n)
        counts[outcomeOf(answer)] += 1
        // A client that is told to come again later does not come again at once.
        if (answer.status === 503) {
          const milliseconds = Number(answer.headers['retry-after']) * 1000
          await pause(milliseconds, null, { signal: over.signal }).catch(() => {})
        }
      }
      client.close()
    }),
  ).then((): Storm => counts)
  return { storm, stop: () => over.abort() }
}

function signIn(client: HttpClient, n: number): Promise<Answer> {
  const json = { username: `user${n % USERS}`, password: PASSWORD }
  return client.send({ method: 'POST', path: '/v1/login', json })
}

function outcomeOf({ status, headers }: Answer): keyof Storm {
  if (status === 200) return 'signedIn'
  return status === 503 && Number(headers['retry-after']) >= 1 ? 'turnedAway' : 'wrong'
}
