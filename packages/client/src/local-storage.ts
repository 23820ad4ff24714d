import type { Saved } from './saved.ts'
import type { StoreFactory } from './store.ts'
import { createVault } from './vault.ts'

/**
 * The tokens live in `localStorage`: every script that runs in the page, an injected one too, can
 * take the refresh token away and use it elsewhere. Choose `cookie` or `dpop` when you can.
 */
export function localStorageThatEveryScriptCanRead(): StoreFactory {
  return (name, world) => {
    const { localStorage } = world
    if (!localStorage) throw new Error('localStorage is not available here')
    const read = (): Saved | null =>
      JSON.parse(localStorage.getItem(name) ?? 'null') as Saved | null
    let changed: () => void = () => {}
    const channel = world.openChannel?.(name, () => changed())
    return {
      ...createVault({ read: async () => null, write: async () => {} }),
      read: async () => read(),
      async update(change) {
        const before = read()
        const after = change(before)
        if (after === before) return after
        if (after) localStorage.setItem(name, JSON.stringify(after))
        else localStorage.removeItem(name)
        channel?.post('')
        return after
      },
      listen(run) {
        changed = run
        return () => (changed = () => {})
      },
      close: () => channel?.close(),
    }
  }
}
