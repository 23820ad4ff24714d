import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { freePort } from '../free-port.ts'

const ENTRY = fileURLToPath(new URL('../../src/cli/mapae.ts', import.meta.url))
const LONGEST_WAIT_MILLISECONDS = 30_000
/**
 * A connection that is being handed to a worker while that is killed is never answered. Long enough
 * for the others on a busy machine.
 */
const CALL_MILLISECONDS = 10_000

export const PASSWORD = 'purple-otter-vs-9-lamps'

/** A line of the log: JSON, or what the command line says. */
export interface LogLine {
  readonly msg: string
  readonly worker?: number
  readonly pid?: number
  readonly port?: number
}

export interface ProductionServer {
  readonly port: number
  readonly pid: number
  readonly log: readonly LogLine[]
  /** Resolves with the first line that fits, whether it has come already or comes later. */
  line(fits: (line: LogLine) => boolean): Promise<LogLine>
  signal(name: NodeJS.Signals): void
  readonly exited: Promise<number | null>
}

/** `mapae start` as a process of its own. Resolves when it serves, or has ended before. */
export async function startProduction(
  databaseUrl: string,
  options: readonly string[] = [],
  environment: Record<string, string> = {},
): Promise<ProductionServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-production-'))
  const port = await freePort()
  const child = spawn(process.execPath, ['--conditions=mapae-source', ENTRY, 'start', ...options], {
    env: {
      PATH: process.env['PATH'],
      MAPAE_DATA_DIR: folder,
      MAPAE_DATABASE_URL: databaseUrl,
      MAPAE_PORT: String(port),
      MAPAE_ISSUER: 'https://auth.example.com',
      MAPAE_MASTER_KEY: 'A'.repeat(43),
      MAPAE_SIGNUP: 'open',
      MAPAE_DRAIN_SECONDS: '0',
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // What a failed test left running would go on without it.
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      process.off('exit', end)
      rmSync(folder, { recursive: true, force: true })
      resolve(code)
    })
  })
  const log: LogLine[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stderr }).on('line', (text) => {
    log.push(text.startsWith('{') ? (JSON.parse(text) as LogLine) : { msg: text })
    for (const look of waiting) look()
  })

  function line(fits: (one: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(giveUp, LONGEST_WAIT_MILLISECONDS)
      function giveUp(): void {
        clearTimeout(late)
        waiting.delete(look)
        reject(new Error(`nothing fits in:\n${log.map(({ msg }) => msg).join('\n')}`))
      }
      function look(): void {
        const found = log.find(fits)
        if (found === undefined) return
        clearTimeout(late)
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
      void exited.then(giveUp)
    })
  }

  const server = {
    port,
    pid: child.pid!,
    log,
    line,
    exited,
    signal: (name: NodeJS.Signals) => void child.kill(name),
  }
  await Promise.race([line(({ msg }) => msg === 'listening'), exited])
  return server
}

export interface HttpAnswer {
  readonly status: number
  readonly connection: string | undefined
  readonly body: any
}

/** One call on a connection of its own, so that every call may meet another process. */
export function call(
  port: number,
  method: string,
  path: string,
  json?: object,
  accessToken?: string,
): Promise<HttpAnswer> {
  const body = json === undefined ? '' : JSON.stringify(json)
  const headers = {
    ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` }),
    'Content-Length': String(Buffer.byteLength(body)),
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (incoming) => {
        let text = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => (text += chunk))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode!,
            connection: incoming.headers.connection,
            body: text === '' ? null : JSON.parse(text),
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.setTimeout(CALL_MILLISECONDS, () => outgoing.destroy(new Error('no answer')))
    outgoing.end(body)
  })
}
