import type { Saved } from '../../src/saved.ts'
import type { StoreFactory } from '../../src/store.ts'

/** What all tabs of a browser share, each change in one step, as IndexedDB has it. */
export function createSharedStore(): StoreFactory {
  let saved: Saved | null = null
  return (_name, world) => {
    const pause = (): Promise<void> =>
      new Promise((resolve) => {
        world.later(resolve, 3)
      })
    return {
      transport: 'body',
      requestMilliseconds: 8000,
      async read() {
        await pause()
        return saved
      },
      async update(change) {
        await pause()
        saved = change(saved)
        await pause()
        return saved
      },
    }
  }
}
