import { MapaeError } from '../../domain/errors.ts'

/** Two, so that one round trip can be on its way while the other's answers are worked on. */
const MOST_IN_FLIGHT = 2
const LARGEST_GROUP = 1_000

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Lets items that wait at the same moment share one statement, and so one round trip and one
 * commit. A lone item waits for nobody: it leaves at the end of the current turn of the event
 * loop, by itself. No group holds two items of one key; an item
 * that goes with every other is its own key. When the statement of a group fails, each
 * of its items is tried alone and fails or succeeds for itself; when the database is away, all fail.
 * Whom the statement left out, with `undefined` for a result, is tried alone too; the others do not
 * wait for that.
 */
export function createGather<Item, Result extends {} | null>(
  keyOf: (item: Item) => unknown,
  runOne: (item: Item) => Promise<Result>,
  runMany: (items: readonly Item[]) => Promise<(Result | undefined)[]>,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = []
  let inFlight = 0
  let isScheduled = false

  function takeGroup(): Waiting<Item, Result>[] {
    const group = new Map<unknown, Waiting<Item, Result>>()
    const later: Waiting<Item, Result>[] = []
    for (const one of waiting) {
      const key = keyOf(one.item)
      if (group.size < LARGEST_GROUP && !group.has(key)) group.set(key, one)
      else later.push(one)
    }
    waiting = later
    return [...group.values()]
  }

  function leave(): void {
    isScheduled = false
    while (waiting.length > 0 && inFlight < MOST_IN_FLIGHT) {
      inFlight++
      void run(takeGroup()).finally(() => {
        inFlight--
        leave()
      })
    }
  }

  async function run(group: readonly Waiting<Item, Result>[]): Promise<void> {
    if (group.length > 1) {
      try {
        const results = await runMany(group.map(({ item }) => item))
        for (const [index, one] of group.entries()) {
          const result = results[index]
          if (result === undefined) void runAlone(one)
          else one.resolve(result)
        }
        return
      } catch (error) {
        if (error instanceof MapaeError) {
          for (const { reject } of group) reject(error)
          return
        }
      }
    }
    await Promise.all(group.map(runAlone))
  }

  function runAlone({ item, resolve, reject }: Waiting<Item, Result>): Promise<void> {
    return runOne(item).then(resolve, reject)
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (isScheduled || inFlight === MOST_IN_FLIGHT) return
      isScheduled = true
      setImmediate(leave)
    })
}
