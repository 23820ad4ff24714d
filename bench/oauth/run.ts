// `npm run bench:oauth`: what tokens for applications cost, beside oidc-provider on the same database
// server and the floor under both, in the same run. Needs Linux, for the CPU times in /proc. `--save`
// keeps the page of results.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Pool } from 'pg'

import { startOwnTestPostgres } from '../../packages/server/tests/postgres/test-postgres.ts'
import { mapaeEnvironment } from '../server/arena.ts'
import { buildProduct } from '../server/build-product.ts'
import { cpuSeconds, postgresCpuSeconds } from '../server/cpu.ts'
import { createHttpClient, expect, type HttpClient } from '../server/http-client.ts'
import { installPeers } from '../server/install-peers.ts'
import { hashPassword, seedMapae } from '../server/seed.ts'
import { startServer, type StartedServer } from '../server/start-server.ts'
import { signInAtMapae, signInAtPeer, type CodeMaker } from './browsers.ts'

const CALLERS = 64
/** A call of a client for itself is so short that it takes more of them to warm up. */
const CLIENT_CALLS_PER_CODE = 4
const CLIENT = { client_id: 'bench', client_secret: 'bench-secret-of-the-benchmark-0123456789' }
const PROGRAM = 'packages/server/dist/cli/mapae.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    calls: { type: 'string', default: '3000' },
    save: { type: 'boolean', default: false },
  },
})

interface Party {
  readonly name: string
  readonly server: StartedServer
  readonly tokenPath: string
  readonly secret: string
  readonly makeCode: CodeMaker
}

interface Figure {
  readonly aSecond: number
  /** CPU seconds per 1,000, of the server and of the database. */
  readonly own: number
  readonly database: number
}

installPeers()
buildProduct()
const loadBefore = loadavg()[0]!
const folder = mkdtempSync(join(tmpdir(), 'mapae-bench-oauth-'))
const postgres = await startOwnTestPostgres({ isDurable: true })
const parties: Party[] = []
try {
  // One after the other: those that run are stopped when the next does not start.
  parties.push(await startMapae())
  parties.push(await startPeer('database'))
  parties.push(await startPeer('configuration'))
  parties.push(await startFloor())
  const calls = Number(options.calls)
  const figures = new Map<string, Figure[]>()
  // The first round warms up.
  await measureAll(calls)
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [key, figure] of await measureAll(calls)) {
      figures.set(key, [...(figures.get(key) ?? []), figure])
      console.error(`${key}: ${figure.aSecond.toFixed(0)}/s`)
    }
  }
  const page = resultPage(figures, calls)
  console.log(page)
  if (options.save) save(page)
} finally {
  for (const { server } of parties) await server.stop()
  await postgres.close()
  rmSync(folder, { recursive: true, force: true })
}

async function measureAll(calls: number): Promise<[string, Figure][]> {
  const measured: [string, Figure][] = []
  for (const party of parties) {
    for (const operation of ['client_credentials', 'authorization_code'] as const) {
      const factor = operation === 'client_credentials' ? CLIENT_CALLS_PER_CODE : 1
      const figure = await measure(party, operation, calls * factor)
      measured.push([`${operation} ${party.name}`, figure])
    }
  }
  return measured
}

async function startMapae(): Promise<Party> {
  const databaseUrl = await postgres.createDatabase()
  await seedMapae(databaseUrl, await hashPassword())
  const environment = mapaeEnvironment(databaseUrl, folder)
  const create =
    'client create bench --redirect https://app.example.com/callback --trusted --json ' +
    '--auth client_secret_post --id-token-algorithm ES256 --scope openid offline_access api ' +
    '--grant authorization_code refresh_token client_credentials'
  const made = execFileSync(process.execPath, [PROGRAM, ...create.split(' ')], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  const server = await startServer({
    command: [PROGRAM, 'start'],
    environment,
    readyPath: '/healthz',
    logFile: join(folder, 'mapae.log'),
  })
  const { client_secret: secret } = JSON.parse(made) as { client_secret: string }
  const makeCode = await signInAtMapae(server.url)
  return { name: 'mapae', server, tokenPath: '/oauth/token', secret, makeCode }
}

/** With clients that can change while it runs, as those of Mapae do, or fixed at its start. */
async function startPeer(clientsIn: 'database' | 'configuration'): Promise<Party> {
  const databaseUrl = await postgres.createDatabase()
  const server = await startServer({
    command: ['bench/server/peers/oidc-provider.js'],
    environment: { DATABASE_URL: databaseUrl, CLIENTS_IN: clientsIn },
    readyPath: '/.well-known/openid-configuration',
    logFile: join(folder, 'oidc-provider.log'),
  })
  const makeCode = await signInAtPeer(server.url)
  const secret = CLIENT.client_secret
  const name = `oidc-provider, clients in the ${clientsIn}`
  return { name, server, tokenPath: '/token', secret, makeCode }
}

async function startFloor(): Promise<Party> {
  const databaseUrl = await postgres.createDatabase()
  const server = await startServer({
    command: ['--conditions=mapae-source', 'bench/oauth/floor.ts'],
    environment: { DATABASE_URL: databaseUrl },
    readyPath: '/ready',
    logFile: join(folder, 'floor.log'),
  })
  const pool = new Pool({ connectionString: databaseUrl, max: 1 })
  let codes = 0
  return {
    name: 'floor',
    server: { ...server, stop: () => pool.end().then(() => server.stop()) },
    tokenPath: '/token',
    secret: CLIENT.client_secret,
    async makeCode() {
      const code = `code-${codes++}`
      await pool.query('INSERT INTO codes (code) VALUES ($1)', [code])
      return { code }
    },
  }
}

/** Codes are made before the clock runs: what is measured is the token endpoint. */
async function measure(
  party: Party,
  operation: 'client_credentials' | 'authorization_code',
  calls: number,
): Promise<Figure> {
  const forms: Record<string, string>[] = []
  for (let call = 0; call < calls; call++) {
    forms.push(
      operation === 'client_credentials'
        ? { grant_type: operation, scope: 'api' }
        : { grant_type: operation, ...(await party.makeCode()) },
    )
  }
  const clients = Array.from({ length: CALLERS }, (_, index) =>
    createHttpClient(party.server.url, `10.0.1.${index + 1}`),
  )
  const before = [cpuSeconds(party.server.pid), postgresCpuSeconds(), performance.now()] as const
  await Promise.all(clients.map((client) => work(client, party, forms)))
  const seconds = (performance.now() - before[2]) / 1000
  const own = cpuSeconds(party.server.pid) - before[0]
  const database = postgresCpuSeconds() - before[1]
  for (const client of clients) client.close()
  const perThousand = 1000 / calls
  return { aSecond: calls / seconds, own: own * perThousand, database: database * perThousand }
}

async function work(
  client: HttpClient,
  { tokenPath, secret }: Party,
  forms: Record<string, string>[],
): Promise<void> {
  for (let form = forms.pop(); form !== undefined; form = forms.pop()) {
    const whole = {
      ...form,
      client_id: CLIENT.client_id,
      client_secret: secret,
      resource: 'https://api.example.com',
    }
    expect(await client.send({ method: 'POST', path: tokenPath, form: whole }), 200)
  }
}

function resultPage(figures: ReadonlyMap<string, readonly Figure[]>, calls: number): string {
  const median = (key: string, of: (figure: Figure) => number) => {
    const sorted = figures
      .get(key)!
      .map(of)
      .toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)]!
  }
  const total = ({ own, database }: Figure) => own + database
  const rows = [...figures.keys()].toSorted().map((key) => {
    const operation = key.split(' ', 1)[0]!
    const ratio = median(key, total) / median(`${operation} mapae`, total)
    const cells = [
      median(key, ({ aSecond }) => aSecond).toFixed(0),
      median(key, ({ own }) => own).toFixed(3),
      median(key, ({ database }) => database).toFixed(3),
      median(key, total).toFixed(3),
      ratio.toFixed(2),
    ]
    return `| ${operation} | ${key.slice(operation.length + 1)} | ${cells.join(' | ')} |`
  })
  return `# Tokens for applications, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:oauth\`, Node ${process.version}, ${options.rounds} rounds of ${calls} codes and ${calls * CLIENT_CALLS_PER_CODE} calls
of clients for themselves by ${CALLERS} callers,
each server on a database of its own on one PostgreSQL with fsync on; load before: ${loadBefore.toFixed(1)}.
Medians. CPU seconds per 1,000 calls. All sign access tokens and ID tokens with ES256 and answer a
code with a refresh token too. Codes are made before the clock runs. The floor is node:http, the
signatures and for a code one statement: it checks nothing and keeps no log.

| Grant | Server | A second | Server CPU | Database CPU | Together | × mapae |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}`
}

function save(page: string): void {
  const results = join(root, 'bench/oauth/results')
  mkdirSync(results, { recursive: true })
  const file = join(results, `${new Date().toISOString().slice(0, 10)}.md`)
  writeFileSync(file, `${page}\n`)
  spawnSync(process.execPath, [join(root, 'node_modules/oxfmt/bin/oxfmt'), file])
}
