import { canonical, nameOf, startOf, type Configuration, type World } from './model.ts'
import { movesOf } from './moves.ts'
import { breachOfStep, breachOfWorld, createProbe, type Breach } from './properties.ts'
import type { Server } from './server.ts'

const WORLDS_AT_ONCE = 1024

export interface Exploration {
  /** Distinct worlds, each of them checked. */
  readonly worlds: number
  readonly moves: number
  /** The first breach, with a shortest way to it. */
  readonly breach: Breach | null
  readonly trace: readonly string[]
}

interface Way {
  readonly from: Way | null
  readonly label: string
}

interface Visit {
  readonly world: World
  readonly way: Way
}

/**
 * Walks breadth-first through every world that can be reached, and stops at the first breach of one
 * of the properties. Throws when there are more than `mostWorlds`: then nothing was proven.
 */
export async function explore(
  configuration: Configuration,
  server: Server,
  mostWorlds: number,
): Promise<Exploration> {
  const probe = createProbe(configuration, server)
  const start: Visit = {
    world: startOf(configuration),
    way: { from: null, label: 'start' },
  }
  const seen = new Set([nameOf(start.world)])
  let [frontier, moves]: [Visit[], number] = [[start], 0]

  while (frontier.length > 0) {
    const next: Visit[] = []
    for (let first = 0; first < frontier.length; first += WORLDS_AT_ONCE) {
      const made = await makeMoves(
        configuration,
        server,
        frontier.slice(first, first + WORLDS_AT_ONCE),
      )
      for (const { visit, stepBreach } of made) {
        moves += 1
        const name = nameOf(visit.world)
        if (stepBreach === null && seen.has(name)) continue
        const breach = stepBreach ?? (await breachOfWorld(configuration, visit.world, probe))
        if (breach !== null) return { worlds: seen.size, moves, breach, trace: traceOf(visit.way) }
        seen.add(name)
        next.push(visit)
      }
    }
    if (seen.size > mostWorlds) throw new Error(`${configuration.name}: over ${mostWorlds} worlds`)
    frontier = next
  }
  return { worlds: seen.size, moves, breach: null, trace: [] }
}

async function makeMoves(configuration: Configuration, server: Server, visits: readonly Visit[]) {
  const moves = visits.flatMap((from) =>
    movesOf(configuration, from.world).map((move) => ({ from, move })),
  )
  const steps = moves.flatMap(({ move: { step } }) => step ?? [])
  const outcomes = (await server.run(steps)).values()
  return moves.map(({ from, move }) => {
    const outcome = move.step === null ? null : outcomes.next().value!
    const way = { from: from.way, label: move.label }
    const visit: Visit = { world: canonical(move.after(outcome)), way }
    const stepBreach =
      outcome === null ? null : breachOfStep(configuration, from.world, move, outcome)
    return { visit, stepBreach }
  })
}

function traceOf(way: Way): string[] {
  const labels: string[] = []
  for (let at: Way | null = way; at !== null; at = at.from) labels.unshift(at.label)
  return labels
}
