// better-auth on PostgreSQL, or on its SQLite, with what its documentation asks of production.
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'

import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import { Pool } from 'pg'

import { checkPassword } from './stand-ins.js'

const url = process.env.DATABASE_URL
const baseURL = `http://127.0.0.1:${process.env.PORT}`

function openSqlite(path) {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  return database
}

const options = {
  baseURL,
  secret: 'a secret of the benchmark, long enough',
  database: url.startsWith('sqlite:')
    ? openSqlite(url.slice('sqlite:'.length))
    : new Pool({ connectionString: url, max: 10 }),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  session: { expiresIn: 2_592_000, updateAge: 0 },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: async () => '$argon2id$stand-in',
      verify: ({ hash, password }) => checkPassword(hash, password),
    },
  },
  plugins: [jwt({ jwks: { keyPairConfig: { alg: 'ES256' } }, jwt: { expirationTime: '1h' } })],
}
const { runMigrations } = await getMigrations(options)
await runMigrations()
const auth = betterAuth(options)
for (let n = 0; n < 64; n++) {
  const body = {
    name: `user${n}`,
    email: `user${n}@example.com`,
    password: 'purple-otter-vs-9-lamps',
  }
  // It is there already when the server starts again.
  await auth.api.signUpEmail({ body }).catch(() => {})
}

createServer(toNodeHandler(auth)).listen(Number(process.env.PORT), '127.0.0.1')
