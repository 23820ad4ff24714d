import type { Saved } from './saved.ts'
import type { Store } from './store.ts'

/**
 * A request may take nearly as long as the server's grace: with an attempt key a late one is told
 * from a copy at any time.
 */
const REQUEST_MILLISECONDS = 8000

/** A place that keeps one text. */
export interface Place {
  readonly read: () => Promise<string | null>
  readonly write: (text: string | null) => Promise<void>
}

/**
 * A store whose tokens travel in bodies, for one process: nobody else changes the place. A token
 * that could not be written does not count, so the place never lags behind what was exchanged.
 */
export function createVault({ read, write }: Place, textOf = JSON.stringify): Store {
  let known: Promise<Saved | null> | null = null
  const load = async (): Promise<Saved | null> => {
    const text = await read()
    return text ? (JSON.parse(text) as Saved) : null
  }
  return {
    transport: 'body',
    requestMilliseconds: REQUEST_MILLISECONDS,
    read: () => (known ??= load()),
    update(change) {
      const before = (known ??= load())
      const replaced = async (): Promise<Saved | null> => {
        const saved = await before
        const next = change(saved)
        if (next !== saved) await write(next && textOf(next))
        return next
      }
      const after = replaced()
      known = after.catch(() => before)
      return after
    },
  }
}
