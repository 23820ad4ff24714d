import { cpuSeconds, postgresCpuSeconds } from './cpu.ts'
import type { Entrant } from './arena.ts'
import type { LoadOrder } from './load.ts'

export interface Measured {
  readonly name: string
  readonly operation: LoadOrder['operation']
  /** CPU seconds per 1,000 operations. */
  readonly serverCpu: number
  readonly databaseCpu: number
  readonly perSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
}

export interface RoundOptions {
  readonly rounds: number
  readonly warmUpMilliseconds: number
  readonly milliseconds: number
}

/**
 * Measures every operation of every entrant once a round, so that a busy minute of the machine
 * falls on all alike, and takes the median of each figure.
 */
export async function measureInRounds(
  entrants: readonly Entrant[],
  { rounds, warmUpMilliseconds, milliseconds }: RoundOptions,
  tell: (line: string) => void,
): Promise<Measured[]> {
  const pairs = entrants.flatMap((entrant) =>
    entrant.contestant.operations.map((operation) => ({ entrant, operation })),
  )
  const measured: Measured[][] = pairs.map(() => [])
  for (let round = 1; round <= rounds; round++) {
    for (const [index, { entrant, operation }] of pairs.entries()) {
      await entrant.run({ operation, milliseconds: warmUpMilliseconds })
      const one = await measureOnce(entrant, operation, milliseconds)
      measured[index]!.push(one)
      tell(`round ${round}: ${formatMeasured(one)}`)
    }
  }
  return measured.map(medians)
}

export function formatMeasured(one: Measured): string {
  const { name, operation, serverCpu, databaseCpu, perSecond, p50Milliseconds, p99Milliseconds } =
    one
  return `${operation.padEnd(8)}${name.padEnd(40)}${serverCpu.toFixed(3)} + ${databaseCpu.toFixed(3)} = ${(serverCpu + databaseCpu).toFixed(3)} CPU s per 1,000; ${perSecond.toFixed(0)}/s, p50 ${p50Milliseconds.toFixed(1)} ms, p99 ${p99Milliseconds.toFixed(1)} ms`
}

async function measureOnce(
  { contestant, server, ...entrant }: Entrant,
  operation: LoadOrder['operation'],
  milliseconds: number,
): Promise<Measured> {
  const serverBefore = cpuSeconds(server.pid)
  const databaseBefore = postgresCpuSeconds()
  const result = await entrant.run({ operation, milliseconds })
  const perThousand = (seconds: number) => (seconds * 1000) / result.operations
  return {
    name: contestant.name,
    operation,
    serverCpu: perThousand(cpuSeconds(server.pid) - serverBefore),
    databaseCpu:
      contestant.database === 'postgres' ? perThousand(postgresCpuSeconds() - databaseBefore) : 0,
    perSecond: result.operations / result.seconds,
    p50Milliseconds: result.p50Milliseconds,
    p99Milliseconds: result.p99Milliseconds,
  }
}

function medians(rounds: readonly Measured[]): Measured {
  const of = (read: (one: Measured) => number): number => median(rounds.map(read))
  return {
    name: rounds[0]!.name,
    operation: rounds[0]!.operation,
    serverCpu: of((one) => one.serverCpu),
    databaseCpu: of((one) => one.databaseCpu),
    perSecond: of((one) => one.perSecond),
    p50Milliseconds: of((one) => one.p50Milliseconds),
    p99Milliseconds: of((one) => one.p99Milliseconds),
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1]!
}
