import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { freePort } from '../../packages/server/tests/free-port.ts'

const ENTRY = fileURLToPath(new URL('../../packages/server/src/cli/mapae.ts', import.meta.url))
const STARTS_WITHIN_MILLISECONDS = 20_000
const ASK_AGAIN_MILLISECONDS = 20
/** The same for every start on the same database. */
const MASTER_KEY = randomBytes(32).toString('base64url')

/** `mapae start` in a process of its own. */
export interface Server {
  readonly url: string
  /** Resolves once it can serve: its database answers. */
  ready(): Promise<void>
  /** kill -9. */
  kill(): Promise<void>
}

export async function startServer(databaseUrl: string, dataDirectory: string): Promise<Server> {
  const port = await freePort()
  const child = spawn(process.execPath, ['--conditions=mapae-source', ENTRY, 'start'], {
    env: {
      PATH: process.env['PATH'],
      MAPAE_PORT: String(port),
      MAPAE_ISSUER: 'https://auth.example.com',
      MAPAE_MASTER_KEY: MASTER_KEY,
      MAPAE_DATABASE_URL: databaseUrl,
      MAPAE_DATA_DIR: dataDirectory,
      MAPAE_HASH_QUEUE: '200',
      MAPAE_SIGNIN_LIMIT_ACCOUNT: '1000000',
      MAPAE_SIGNIN_LIMIT_ADDRESS: '1000000',
      // Its failures while the database is gone are what is asked for.
      MAPAE_LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  const url = `http://127.0.0.1:${port}`
  const ready = () => answersOk(`${url}/readyz`)
  await ready()
  return {
    url,
    ready,
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

async function answersOk(url: string): Promise<void> {
  const giveUpAt = performance.now() + STARTS_WITHIN_MILLISECONDS
  while (performance.now() < giveUpAt) {
    const isOk = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isOk) return
    await pause(ASK_AGAIN_MILLISECONDS)
  }
  throw new Error(`${url} does not answer`)
}
