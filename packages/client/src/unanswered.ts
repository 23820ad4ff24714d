import type { World } from './world.ts'

/** A request that got no answer is remembered for twice the server's grace. */
const REMEMBER_MILLISECONDS = 20_000

/** A request without an answer: when it was sent, and whether another one was on its way then. */
type Request = readonly [id: string, at: number, overlaps: boolean]

/**
 * Keeps requests to renew from overtaking each other, across tabs and reloads, where no attempt key
 * can tell a late one from a copy: `localStorage` remembers those that were not answered yet. At
 * most two are on their way at once, and no two while it is not known what became of an earlier one.
 */
export function createUnanswered(key: string, longestMilliseconds: number, world: World) {
  const { now, localStorage } = world
  let last = ''

  function read(): Request[] {
    const all = JSON.parse(localStorage?.getItem(key) ?? '[]') as Request[]
    return all.filter(([, at]) => at <= now() && now() - at < REMEMBER_MILLISECONDS)
  }

  function write(all: readonly Request[]): void {
    localStorage?.setItem(key, JSON.stringify(all))
  }

  return {
    /** Notes a request and returns 0, or for how many milliseconds it must wait. */
    begin(): number {
      const all = read()
      const waits = all.map(([, at]) => longestMilliseconds - now() + at).filter((ms) => ms > 0)
      // One that is alone may be joined by a second: a page that was reloaded need not wait for an
      // answer that nobody will read. A third could be the second to overtake the first.
      if (waits[0] && (all[1] ?? all[0]![2])) return Math.max(...waits)
      last = world.random()
      const overlaps = waits.length > 0
      const marked = all.map(([id, at]): Request => [id, at, overlaps])
      write([...marked, [last, now(), overlaps]])
      return 0
    },
    /** Notes that the last one was answered. */
    answered(): void {
      write(read().filter(([id]) => id !== last))
    },
  }
}
