import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Contestant } from './contestants.ts'
import type { LoadAnswer, LoadOrder, LoadResult } from './load.ts'
import { hashPassword, seedMapae, standInHash } from './seed.ts'
import { startServer, stop, type StartedServer } from './start-server.ts'

const ISSUER = 'https://auth.example.com'

/** A contestant that is up, and the process that calls it. */
export interface Entrant {
  readonly contestant: Contestant
  readonly server: StartedServer
  run(order: LoadOrder): Promise<LoadResult>
  stop(): Promise<void>
}

export interface ArenaOptions {
  /** Where databases and logs go. */
  readonly folder: string
  readonly createPostgresDatabase: () => Promise<string>
}

/** Puts more into the database before the server starts. */
type Fill = (databaseUrl: string) => Promise<void>

/** What `mapae start` is told. The limits on sign-ins would end the measurement of sign-ins. */
export function mapaeEnvironment(databaseUrl: string, folder: string): Record<string, string> {
  return {
    MAPAE_ISSUER: ISSUER,
    MAPAE_AUDIENCE: 'https://api.example.com',
    MAPAE_MASTER_KEY: randomBytes(32).toString('base64url'),
    MAPAE_DATABASE_URL: databaseUrl,
    MAPAE_DATA_DIR: folder,
    MAPAE_ACCESS_TOKEN_SECONDS: '3600',
    MAPAE_SIGNIN_LIMIT_ACCOUNT: '1000000',
    MAPAE_SIGNIN_LIMIT_ADDRESS: '1000000',
    // Clients tell addresses of their own: one that all share would be one row that all wait for.
    MAPAE_TRUSTED_PROXIES: '127.0.0.1',
  }
}

/** Starts one contestant after the other on a database of its own. */
export function createArena({ folder, createPostgresDatabase }: ArenaOptions) {
  const entrants: Entrant[] = []
  let databases = 0
  const hash = hashPassword()

  async function databaseUrlFor({ database }: Contestant): Promise<string> {
    databases += 1
    if (database === 'postgres') return createPostgresDatabase()
    return database === 'sqlite' ? `sqlite:${join(folder, `${databases}.db`)}` : ''
  }

  async function environmentFor(contestant: Contestant, databaseUrl: string) {
    if (contestant.tokensFrom !== undefined) {
      const { url } = named(contestant.tokensFrom).server
      return { JWKS_URL: `${url}/.well-known/jwks.json` }
    }
    if (contestant.driver !== 'mapae' || contestant.database === 'none') {
      return { DATABASE_URL: databaseUrl }
    }
    await seedMapae(databaseUrl, contestant.hasHash === false ? standInHash() : await hash)
    return mapaeEnvironment(databaseUrl, folder)
  }

  function named(name: string): Entrant {
    return entrants.find(({ contestant }) => contestant.name === name)!
  }

  /** Makes the database; returns what starts the server on it, as often as wanted. */
  async function prepare(contestant: Contestant, fill: Fill = async () => {}) {
    const databaseUrl = await databaseUrlFor(contestant)
    const environment = await environmentFor(contestant, databaseUrl)
    await fill(databaseUrl)
    const logFile = join(folder, `${databases}.log`)
    const { command, readyPath } = contestant
    return (nodeOptions: readonly string[] = []): Promise<StartedServer> =>
      startServer({ command: [...nodeOptions, ...command], environment, readyPath, logFile })
  }

  async function enter(
    contestant: Contestant,
    nodeOptions: readonly string[] = [],
    fill?: Fill,
  ): Promise<Entrant> {
    const start = await prepare(contestant, fill)
    const server = await start(nodeOptions)
    const { tokensFrom } = contestant
    const loginUrl = tokensFrom === undefined ? server.url : named(tokensFrom).server.url
    const load = startLoad([server.url, contestant.driver, loginUrl])
    const entrant: Entrant = {
      contestant,
      server,
      run: (order) => ask(load, order),
      async stop() {
        await stop(load)
        await server.stop()
      },
    }
    entrants.push(entrant)
    return entrant
  }

  return {
    prepare,
    enter,
    async close() {
      await Promise.all(entrants.map((entrant) => entrant.stop()))
    },
  }
}

export type Arena = ReturnType<typeof createArena>

function startLoad(words: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL('load.ts', import.meta.url)), [...words])
}

function ask(load: ChildProcess, order: LoadOrder): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error('the load process ended'))
    load.once('exit', fail)
    load.once('message', (answer: LoadAnswer) => {
      load.off('exit', fail)
      if ('result' in answer) resolve(answer.result)
      else reject(new Error(answer.failed))
    })
    load.send(order)
  })
}
