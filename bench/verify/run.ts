// `npm run bench:verify`: @mapae/verify, its revocation check on, against other middleware in the
// same framework, with the same tokens, in the same run; and what the feed weighs. Needs Linux, for
// the CPU times in /proc. `--save` keeps the page of results; `--sizes` leaves out the servers.
import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { createPublicKey, randomBytes, type JsonWebKey } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { getRequestListener } from '@hono/node-server'
import { createTestIssuer } from '@mapae/verify/testing'

import { cpuSeconds } from '../server/cpu.ts'
import { CONTESTANTS, TRAFFICS, type Traffic } from './contestants.ts'
import type { LoadOrder, LoadResult } from './load.ts'
import { resultPage, type Measured } from './result-page.ts'
import { measureSizes } from './sizes.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    milliseconds: { type: 'string', default: '1200' },
    only: { type: 'string', default: '' },
    sizes: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
})
const WARM_UP_MILLISECONDS = 600
const REVOKED_SESSIONS = 10_000
/** More than any cache of the contestants keeps, so that a token that comes again is new again. */
const NEW_TOKENS = 40_000

if (process.platform !== 'linux') throw new Error('CPU times are read from /proc: this needs Linux')
const loadBefore = loadavg()[0]!
const measured = options.sizes ? [] : await measureServers()
const page = resultPage({
  date: new Date(),
  command: `npm run bench:verify -- ${process.argv.slice(2).join(' ')}`.trim(),
  loadBefore,
  rounds: Number(options.rounds),
  revokedSessions: REVOKED_SESSIONS,
  measured,
  sizes: measureSizes(),
  memory: { set: memoryOf('set'), map: memoryOf('map') },
})
console.log(page)
if (options.save) save(page)

async function measureServers(): Promise<Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-bench-'))
  const issuer = await startIssuer()
  const children: ChildProcess[] = []
  try {
    const tokens = Array.from({ length: NEW_TOKENS }, () => issuer.test.mint({ sub: 'mina' }))
    writeFileSync(join(folder, 'tokens'), tokens.join('\n'))
    writeFileSync(join(folder, 'key.pem'), await issuer.publicKeyPem())
    const load = fork(join(here, 'load.ts'), [join(folder, 'tokens')])
    children.push(load)
    const entrants = []
    for (const name of CONTESTANTS.filter((one) => new RegExp(options.only).test(one))) {
      const server = fork(join(here, 'servers.js'), [
        name,
        issuer.test.issuer,
        join(folder, 'key.pem'),
      ])
      children.push(server)
      const port = await nextMessage<number>(server)
      entrants.push({ name, port, pid: server.pid!, load })
    }
    return await measureInRounds(entrants)
  } finally {
    for (const child of children) child.kill()
    issuer.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Entrant {
  readonly name: string
  readonly port: number
  readonly pid: number
  readonly load: ChildProcess
}

/** Each once a round, so that a busy minute of the machine falls on all alike; the median of each. */
async function measureInRounds(entrants: readonly Entrant[]): Promise<Measured[]> {
  const runs = TRAFFICS.flatMap((traffic) => entrants.map((entrant) => ({ entrant, traffic })))
  const results: Measured[][] = runs.map(() => [])
  for (let round = 1; round <= Number(options.rounds); round++) {
    for (const [index, { entrant, traffic }] of runs.entries()) {
      const one = await measureOnce(entrant, traffic)
      results[index]!.push(one)
      const cpu = one.cpuMicroseconds.toFixed(1)
      console.error(`${round} ${traffic} ${one.name}: ${cpu} µs, ${one.perSecond.toFixed(0)}/s`)
    }
  }
  return results.map((list) => ({
    ...list[0]!,
    cpuMicroseconds: median(list.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    perSecond: median(list.map(({ perSecond }) => perSecond)),
  }))
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)]!
}

async function measureOnce(
  { name, port, pid, load }: Entrant,
  traffic: Traffic,
): Promise<Measured> {
  await runLoad(load, { port, traffic, milliseconds: WARM_UP_MILLISECONDS })
  const before = cpuSeconds(pid)
  const milliseconds = Number(options.milliseconds)
  const { requests, seconds } = await runLoad(load, { port, traffic, milliseconds })
  const cpuMicroseconds = ((cpuSeconds(pid) - before) * 1e6) / requests
  return { name, traffic, cpuMicroseconds, perSecond: requests / seconds }
}

async function runLoad(load: ChildProcess, order: LoadOrder): Promise<LoadResult> {
  load.send(order)
  const answer = await nextMessage<LoadResult | { failed: string }>(load)
  if ('failed' in answer) throw new Error(answer.failed)
  return answer
}

function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`${child.spawnargs.join(' ')} ended`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as Message)
    })
  })
}

/** An issuer with a feed that has something in it, behind a server. */
async function startIssuer() {
  let handle: (request: Request) => Promise<Response> = async () => new Response()
  const listener = getRequestListener((request) => handle(request))
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const test = createTestIssuer({ issuer: `http://127.0.0.1:${port}` })
  handle = (request) => test.handle(request)
  for (let count = 0; count < REVOKED_SESSIONS; count++) {
    test.revoke({ session: randomBytes(16).toString('base64url') })
  }
  return {
    test,
    async publicKeyPem(): Promise<string> {
      const answer = await test.handle(new Request(`${test.issuer}/.well-known/jwks.json`))
      const { keys } = (await answer.json()) as { keys: [JsonWebKey] }
      const [key] = keys
      return String(createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function memoryOf(kind: 'set' | 'map'): number {
  const command = ['--conditions=mapae-source', '--expose-gc', join(here, 'sizes.ts'), kind]
  const { stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  if (!/^\d+\n$/.test(stdout)) throw new Error(stderr)
  return Number(stdout)
}

function save(text: string): void {
  const results = join(here, 'results')
  mkdirSync(results, { recursive: true })
  const file = join(results, `${new Date().toISOString().slice(0, 10)}.md`)
  writeFileSync(file, `${text}\n`)
  spawnSync(process.execPath, [join(here, '../../node_modules/oxfmt/bin/oxfmt'), file])
}
