import cluster, { type Worker } from 'node:cluster'
import { availableParallelism } from 'node:os'

import { ConfigurationError } from '../domain/errors.ts'
import type { Logger } from '../main.ts'
import { settingTable, type Settings } from '../settings.ts'
import { databaseUrlOf, MOST_HASHES } from './config.ts'
import { CommandFailure, exitCodes } from './failure.ts'
import { createLogger } from './logger.ts'
import { stopSignal, type StopSignal } from './serve.ts'

/** A worker that served for this long died of something new. */
const LONG_ENOUGH_MILLISECONDS = 10_000
const SHORTEST_PAUSE_MILLISECONDS = 100
const LONGEST_PAUSE_MILLISECONDS = 10_000
/** So many in a row without one that serves: it will not get better by itself. */
const MOST_FAILED_STARTS = 5
/** Beyond what a worker takes by itself to stop. */
const LONGEST_STOP_MILLISECONDS = 15_000

export type WantedWorkers = number | 'auto'

/**
 * How many processes serve. `auto` is one a core, and one with SQLite. Throws `ConfigurationError`
 * for several with SQLite: they would wait for each other's transactions.
 */
export function planWorkers(wanted: WantedWorkers, settings: Settings): number {
  const isSqlite = databaseUrlOf(settings).startsWith('sqlite:')
  if (wanted === 'auto') return isSqlite ? 1 : availableParallelism()
  if (isSqlite && wanted > 1) {
    throw new ConfigurationError(
      'Several workers on SQLite are slower than one: set MAPAE_DATABASE_URL to a PostgreSQL database, or leave out --workers.',
    )
  }
  return wanted
}

/**
 * Keeps so many workers running, each a whole server, until a signal ends them all. Connections
 * are handed to them in turn. Throws `CommandFailure` when they end before they serve.
 */
export async function superviseWorkers(count: number, settings: Settings): Promise<void> {
  const logger = createLogger(settings.logLevel ?? 'info')
  const stopping = stopSignal()
  const crew = createCrew(count, environmentOf(count, settings), logger)
  const outcome = await Promise.race([stopping, crew.gaveUp])
  const longest = settings.drainSeconds * 1000 + LONGEST_STOP_MILLISECONDS
  await crew.dismiss(outcome instanceof CommandFailure ? 'SIGTERM' : outcome, longest)
  if (outcome instanceof CommandFailure) throw outcome
  logger.info({}, 'all workers stopped')
}

/** Each worker hashes on its share of the cores. */
function environmentOf(count: number, { hashConcurrency }: Settings): Record<string, string> {
  if (hashConcurrency !== null) return {}
  const share = Math.max(1, Math.floor(availableParallelism() / count))
  return { [settingTable.hashConcurrency.variable]: String(Math.min(share, MOST_HASHES)) }
}

/**
 * The first worker starts alone, so that what keeps it from serving is said once. Later ones are
 * replaced, with longer and longer pauses while they die soon.
 */
function createCrew(count: number, environment: Record<string, string>, logger: Logger) {
  const workers = new Set<Worker>()
  const serving = new Set<Worker>()
  const pauses = new Set<NodeJS.Timeout>()
  const gaveUp = Promise.withResolvers<CommandFailure>()
  let hasServed = false
  let isDismissed = false
  let soonDead = 0
  let failedStarts = 0

  function hire(): void {
    const worker = cluster.fork(environment)
    workers.add(worker)
    let servesSince = Number.POSITIVE_INFINITY
    worker.once('listening', () => {
      serving.add(worker)
      servesSince = performance.now()
      failedStarts = 0
      hasServed = true
      while (workers.size + pauses.size < count) hire()
    })
    worker.once('exit', (exitCode: number | null, signal: string | null) => {
      workers.delete(worker)
      serving.delete(worker)
      if (isDismissed) return
      const served = performance.now() - servesSince
      if (served < 0) failedStarts++
      soonDead = served >= LONG_ENOUGH_MILLISECONDS ? 1 : soonDead + 1
      if (isHopeless()) return gaveUp.resolve(failure(exitCode, signal))
      replace(worker, exitCode, signal)
    })
  }

  function isHopeless(): boolean {
    return serving.size === 0 && failedStarts >= (hasServed ? MOST_FAILED_STARTS : 1)
  }

  function replace({ id }: Worker, exitCode: number | null, signal: string | null): void {
    const longer = SHORTEST_PAUSE_MILLISECONDS * 2 ** (soonDead - 1)
    const pauseMilliseconds = Math.min(longer, LONGEST_PAUSE_MILLISECONDS)
    logger.error({ worker: id, exitCode, signal, pauseMilliseconds }, 'a worker ended')
    const pause = setTimeout(() => {
      pauses.delete(pause)
      hire()
    }, pauseMilliseconds)
    pauses.add(pause)
  }

  hire()
  return {
    gaveUp: gaveUp.promise,
    async dismiss(signal: StopSignal, longestMilliseconds: number): Promise<void> {
      isDismissed = true
      for (const pause of pauses) clearTimeout(pause)
      const gone = [...workers].map(
        (worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())),
      )
      for (const worker of workers) worker.process.kill(signal)
      const late = setTimeout(() => {
        for (const worker of workers) worker.process.kill('SIGKILL')
      }, longestMilliseconds)
      await Promise.all(gone)
      clearTimeout(late)
    },
  }
}

function failure(exitCode: number | null, signal: string | null): CommandFailure {
  const how = signal === null ? `exit code ${exitCode}` : signal
  return new CommandFailure(
    exitCode === exitCodes.unreachable ? 'unreachable' : 'failure',
    `Workers end before they serve (${how}); what they said is above. Giving up.`,
  )
}
