import type { StoreFactory } from './store.ts'
import { createVault } from './vault.ts'

/** The tokens live in this program's memory and are gone with it: for scripts. */
export function memory(): StoreFactory {
  return () => createVault({ read: async () => null, write: async () => {} })
}
