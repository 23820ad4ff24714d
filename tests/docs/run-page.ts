import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePort } from '../../packages/server/tests/free-port.ts'
import { ROOT } from '../repository/source-file.ts'
import { stepsOf, type Page, type Step } from './pages.ts'

export interface RanStep extends Step {
  readonly output: string
  readonly status: number
}

export interface RanPage {
  readonly steps: readonly RanStep[]
  /** Where the server of the walk-through listened. */
  readonly url: string
}

/** The port of every example, and the folder of every example in production. */
const EXAMPLE_PORT = '4477'
const EXAMPLE_FOLDER = '/var/lib/mapae'

/** What starts a server stays in the foreground, so it is the last line of its block. */
const SERVER_START = /(?:^|[ ;/])(?:npm start|mapae start|mapae\.ts start)\n$/
const READY = /Press Ctrl\+C|"msg":"listening"/
const LONGEST_MILLISECONDS = 90_000

/** The README pages show that npm runs the command line; the guides call it often, so without npm. */
const NPM_COMMAND = 'npm run -s mapae --'
/** What runs in production is compiled; a page is run on the sources of now. */
const COMPILED_COMMAND = 'node packages/server/dist/cli/mapae.js'
const DIRECT_COMMAND = `'${process.execPath}' --conditions=mapae-source packages/server/src/cli/mapae.ts`

/** What starts the server that pages without a start of their own talk to. */
const WALKTHROUGH_START = `MAPAE_PORT=${EXAMPLE_PORT} MAPAE_DEMO_PASSWORD='correct horse 9' npm start\n`

/**
 * Runs every command of a page as a reader would: servers in terminals of their own, everything
 * else in one shell, top to bottom. Ports are free ones and data lies in a temporary folder.
 */
export async function runPage(
  page: Page,
  whileRunning: (ran: RanPage) => Promise<void> = async () => {},
): Promise<RanPage> {
  const folder = mkdtempSync(join(tmpdir(), 'mapae-docs-'))
  const port = await freePort()
  const here = (text: string) =>
    text
      .replaceAll(EXAMPLE_PORT, String(port))
      .replaceAll(EXAMPLE_FOLDER, join(folder, 'production'))
      .replaceAll(NPM_COMMAND, page.path.startsWith('docs/') ? DIRECT_COMMAND : NPM_COMMAND)
      .replaceAll(COMPILED_COMMAND, DIRECT_COMMAND)
      // All tests inside a test would not end: the narrowest selection shows that the command works.
      .replaceAll(/^npm test$/gm, 'npm test -- tests/docs/pages.test.ts')
  const steps = stepsOf(page).map((step) => ({
    ...step,
    commands: here(step.commands),
    expected: step.expected === null ? null : here(step.expected),
  }))
  const isStart = ({ commands }: Step) => SERVER_START.test(commands)
  const starts = steps.filter(isStart)
  const isCalled = page.text.includes(`localhost:${EXAMPLE_PORT}`)
  if (isCalled && !starts.some(({ commands }) => commands.endsWith('npm start\n'))) {
    starts.unshift({ commands: here(WALKTHROUGH_START), line: 0, expected: null })
  }
  const environment = cleanEnvironment(folder)
  const servers: Server[] = []
  try {
    for (const start of starts) {
      servers.push(await startServer(start.commands, environment, await freePort()))
    }
    if (isCalled) await keysAreMade(`http://localhost:${port}`)
    const shell = await runShell(
      steps.filter((step) => !isStart(step)),
      environment,
      folder,
    )
    const ran = steps.map((step) => {
      const server = servers[starts.indexOf(step)]
      return server === undefined
        ? { ...step, ...shell.get(step)! }
        : { ...step, output: server.output(), status: 0 }
    })
    const result = { steps: ran, url: `http://localhost:${port}` }
    await whileRunning(result)
    return result
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Without what a test runner or a developer's own settings would change. */
function cleanEnvironment(folder: string): Record<string, string | undefined> {
  const foreign = /^(MAPAE_|NODE_|npm_lifecycle|npm_package)/
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return {
    ...Object.fromEntries(kept),
    MAPAE_DATA_DIR: join(folder, 'data'),
    npm_config_update_notifier: 'false',
  }
}

/** The RSA key is made while the server runs already: no page tells of that event. */
async function keysAreMade(url: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    const answer = await fetch(`${url}/.well-known/jwks.json`)
    if ((await answer.text()).includes('"RSA"')) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`${url} makes no RSA key`)
}

interface Server {
  output(): string
  stop(): Promise<void>
}

async function startServer(
  commands: string,
  environment: Record<string, string | undefined>,
  otherPort: number,
): Promise<Server> {
  const child = spawn('sh', ['-c', commands], {
    cwd: ROOT,
    env: { MAPAE_PORT: String(otherPort), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`not ready:\n${commands}${output}`)),
      LONGEST_MILLISECONDS,
    )
    const hear = (text: string) => {
      output += text
      if (!READY.test(output)) return
      clearTimeout(late)
      resolve()
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    child.once('close', () => {
      clearTimeout(late)
      reject(new Error(`ended before it was ready:\n${commands}${output}`))
    })
  })
  return {
    output: () => output,
    async stop() {
      endGroup(child)
      await closed
    },
  }
}

/** npm, its shell and the server are one process group of their own. */
function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGTERM')
}

async function runShell(
  steps: readonly Step[],
  environment: Record<string, string | undefined>,
  folder: string,
): Promise<Map<Step, Pick<RanStep, 'output' | 'status'>>> {
  const script = join(folder, 'page.sh')
  const marked = steps.map(({ commands }) => `${commands}printf '\\n:end %s\\n' "$?"\n`)
  writeFileSync(script, `exec 2>&1\n${marked.join('')}`)
  const child = spawn('sh', [script], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: LONGEST_MILLISECONDS,
  })
  let output = ''
  for await (const text of child.stdout.setEncoding('utf8')) output += String(text)
  const parts = output.split(/\n:end (\d+)\n/)
  return new Map(
    steps.map((step, index) => [
      step,
      { output: parts[2 * index] ?? '', status: Number(parts[2 * index + 1] ?? Number.NaN) },
    ]),
  )
}
