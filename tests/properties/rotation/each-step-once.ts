import type { Outcome, Server, Step } from './server.ts'

/**
 * The same server, which takes each distinct step once and remembers its outcome: a step holds all
 * that its outcome depends on, and worlds by the dozen share one.
 */
export function eachStepOnce(server: Server): Server {
  const known = new Map<string, Outcome>()
  return {
    ...server,
    async run(steps) {
      const named = steps.map((step) => [JSON.stringify(step), step] as const)
      const unknown = new Map<string, Step>(named.filter(([name]) => !known.has(name)))
      const outcomes = (await server.run([...unknown.values()])).values()
      for (const name of unknown.keys()) known.set(name, outcomes.next().value!)
      return named.map(([name]) => known.get(name)!)
    },
  }
}
