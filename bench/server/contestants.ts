import type { Operation } from './drivers/driver.ts'
import type { DriverName } from './drivers/index.ts'

/** One server of the comparison, in a process of its own. */
export interface Contestant {
  readonly name: string
  /** Arguments of Node, from the root of the repository. */
  readonly command: readonly string[]
  readonly database: 'postgres' | 'sqlite' | 'none'
  readonly driver: DriverName
  /** Answered as soon as the server is ready. */
  readonly readyPath: string
  readonly operations: readonly (Operation | 'hello')[]
  /** Of the contestant whose access tokens this one is called with. */
  readonly tokensFrom?: string
  /** The accounts carry the stand-in's tag in the place of a hash. */
  readonly hasHash?: false
}

const START = ['packages/server/dist/cli/mapae.js', 'start']
const WITHOUT_HASH = ['--import', './bench/server/servers/without-hash.ts', ...START]
const mapae = { driver: 'mapae', readyPath: '/healthz' } as const
const PEER_OPERATIONS = ['refresh', 'me', 'verify', 'login'] as const

export const CONTESTANTS: readonly Contestant[] = [
  {
    name: 'hello world on Hono',
    command: ['bench/server/servers/hello.ts'],
    database: 'none',
    driver: 'mapae',
    readyPath: '/hello',
    operations: ['hello'],
  },
  {
    ...mapae,
    name: 'mapae, PostgreSQL',
    command: START,
    database: 'postgres',
    operations: ['refresh', 'me'],
  },
  {
    ...mapae,
    name: 'mapae, SQLite FULL',
    command: START,
    database: 'sqlite',
    operations: ['refresh', 'me'],
  },
  {
    ...mapae,
    name: 'mapae, PostgreSQL, no hash',
    command: WITHOUT_HASH,
    database: 'postgres',
    operations: ['login'],
    hasHash: false,
  },
  {
    ...mapae,
    name: 'mapae, SQLite FULL, no hash',
    command: WITHOUT_HASH,
    database: 'sqlite',
    operations: ['login'],
    hasHash: false,
  },
  {
    name: 'resource server with @mapae/jwt',
    command: ['bench/server/servers/resource-server.ts'],
    database: 'none',
    driver: 'mapae',
    readyPath: '/ready',
    operations: ['verify'],
    tokensFrom: 'mapae, PostgreSQL',
  },
  {
    name: 'Express + jsonwebtoken, PostgreSQL',
    command: ['bench/server/peers/express.js'],
    database: 'postgres',
    driver: 'express',
    readyPath: '/ready',
    operations: PEER_OPERATIONS,
  },
  {
    name: 'oidc-provider, PostgreSQL',
    command: ['bench/server/peers/oidc-provider.js'],
    database: 'postgres',
    driver: 'oidc-provider',
    readyPath: '/ready',
    operations: PEER_OPERATIONS,
  },
  {
    name: 'better-auth, PostgreSQL',
    command: ['bench/server/peers/better-auth.js'],
    database: 'postgres',
    driver: 'better-auth',
    readyPath: '/api/auth/ok',
    operations: PEER_OPERATIONS,
  },
  {
    name: 'better-auth, SQLite FULL',
    command: ['bench/server/peers/better-auth.js'],
    database: 'sqlite',
    driver: 'better-auth',
    readyPath: '/api/auth/ok',
    operations: ['refresh', 'me', 'login'],
  },
]
