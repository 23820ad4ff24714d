import { setTimeout as pause } from 'node:timers/promises'

import type { Arena, Entrant } from './arena.ts'
import type { Contestant } from './contestants.ts'
import { residentMebibytes } from './cpu.ts'
import { median } from './rounds.ts'
import type { StartedServer } from './start-server.ts'

const STARTS = 5
const IDLE_MILLISECONDS = 2_000

export interface Start {
  readonly firstAnswerMilliseconds: number
  readonly idleMebibytes: number
}

/** Starts each server several times on one database, as an operator restarts it. */
export async function measureStarts(
  arena: Arena,
  contestants: readonly Contestant[],
): Promise<Map<string, Start>> {
  const starts = new Map<string, Start>()
  for (const contestant of contestants) {
    starts.set(contestant.name, await measureStart(await arena.prepare(contestant)))
  }
  return starts
}

/** The first start makes the schema and fills the caches; it does not count. */
async function measureStart(start: () => Promise<StartedServer>): Promise<Start> {
  await (await start()).stop()
  const milliseconds: number[] = []
  for (let times = 1; times < STARTS; times++) {
    const server = await start()
    milliseconds.push(server.firstAnswerMilliseconds)
    await server.stop()
  }
  const last = await start()
  milliseconds.push(last.firstAnswerMilliseconds)
  await pause(IDLE_MILLISECONDS)
  const idleMebibytes = residentMebibytes(last.pid)
  await last.stop()
  return { firstAnswerMilliseconds: median(milliseconds), idleMebibytes }
}

/** After the load. */
export function loadedMebibytes(entrants: readonly Entrant[]): Map<string, number> {
  return new Map(
    entrants.map(({ contestant, server }) => [contestant.name, residentMebibytes(server.pid)]),
  )
}
