import { spawn, type ChildProcess } from 'node:child_process'
import { openSync } from 'node:fs'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'

import { freePort } from '../../packages/server/tests/free-port.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const STARTS_WITHIN_MILLISECONDS = 30_000
const ASK_AGAIN_MILLISECONDS = 2

/** A server in a process of its own. */
export interface StartedServer {
  readonly pid: number
  readonly url: string
  /** From the start of the process to the end of its first answer. */
  readonly firstAnswerMilliseconds: number
  stop(): Promise<void>
}

export interface ServerOrder {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly readyPath: string
  readonly logFile: string
}

/** Runs Node on the command and waits until the server answers on the port it is told. */
export async function startServer(order: ServerOrder): Promise<StartedServer> {
  const port = await freePort()
  const log = openSync(order.logFile, 'a')
  const start = performance.now()
  const child = spawn(process.execPath, [...order.command], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      PORT: String(port),
      ...order.environment,
      ...(order.environment['MAPAE_ISSUER'] === undefined ? {} : { MAPAE_PORT: String(port) }),
    },
    stdio: ['ignore', log, log],
  })
  const url = `http://127.0.0.1:${port}`
  await firstAnswer(child, url + order.readyPath, order.logFile)
  return {
    pid: child.pid!,
    url,
    firstAnswerMilliseconds: performance.now() - start,
    stop: () => stop(child),
  }
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => {
    child.once('exit', resolve)
  })
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), 8_000)
  await exited
  clearTimeout(kill)
}

async function firstAnswer(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const giveUpAt = performance.now() + STARTS_WITHIN_MILLISECONDS
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() > giveUpAt) {
      child.kill()
      throw new Error(`${child.spawnargs.join(' ')} did not start: see ${logFile}`)
    }
    await new Promise((resolve) => {
      setTimeout(resolve, ASK_AGAIN_MILLISECONDS)
    })
  }
}

/** Any answer will do, a refusal too. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(url, { agent: false }, (incoming) => {
      incoming.resume()
      incoming.on('end', () => resolve(true))
    })
    asking.on('error', () => resolve(false))
    asking.end()
  })
}
