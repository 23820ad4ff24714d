import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { startProduction } from '../../packages/server/tests/nodes/production-server.ts'

const PROGRAM = fileURLToPath(new URL('idle-subscribers.ts', import.meta.url))
/** Several beats long. */
const WATCH_MILLISECONDS = 20_000
const TICKS_A_SECOND = 100

export interface IdleCost {
  readonly subscribers: number
  readonly residentMegabytes: number
  readonly cpuPercent: number
  /** Sent to each, headers of HTTP included. */
  readonly bytesASecondEach: number
}

/** What subscribers to whom nothing happens cost one node. Linux only: it reads /proc. */
export async function measureIdle(counts: readonly number[]): Promise<IdleCost[]> {
  const costs: IdleCost[] = []
  for (const subscribers of counts) {
    const server = await startProduction('', [], { MAPAE_REVOCATION_FEED: 'public' })
    const reader = subscribers === 0 ? null : await holdOpen(subscribers, server.port)
    await sleep(3_000)
    const before = { cpu: cpuSeconds(server.pid), bytes: await reader?.bytes() }
    await sleep(WATCH_MILLISECONDS)
    const cpu = cpuSeconds(server.pid) - before.cpu
    const bytes = ((await reader?.bytes()) ?? 0) - (before.bytes ?? 0)
    costs.push({
      subscribers,
      residentMegabytes: residentMegabytes(server.pid),
      cpuPercent: (100 * cpu * 1000) / WATCH_MILLISECONDS,
      bytesASecondEach: (bytes * 1000) / WATCH_MILLISECONDS / Math.max(1, subscribers),
    })
    reader?.close()
    server.signal('SIGTERM')
    await server.exited
  }
  return costs
}

async function holdOpen(count: number, port: number) {
  const child = fork(PROGRAM, [String(count), String(port)], {
    execArgv: ['--conditions=mapae-source'],
  })
  const next = () => new Promise<unknown>((resolve) => child.once('message', resolve))
  await next()
  return {
    async bytes(): Promise<number> {
      const answer = next()
      child.send('bytes')
      return (await answer) as number
    },
    close: () => void child.kill('SIGKILL'),
  }
}

function cpuSeconds(pid: number): number {
  const [user = '0', system = '0'] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) / TICKS_A_SECOND
}

function residentMegabytes(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
  return Number(kilobytes) / 1024
}
