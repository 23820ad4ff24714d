import { isUsable, type Saved, type User } from './saved.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

export type LoadUser = (saved: Saved) => Promise<User | undefined>

/** Reads what is kept, with the user; asks the server who that is, once at a time. */
export function createReadWithUser(store: Store, world: World, loadUser: LoadUser) {
  let asked: { id: string; user: Promise<User | undefined> } | null = null

  return async (): Promise<Saved | null> => {
    const saved = await store.read()
    if (!saved || saved.user || !isUsable(saved, world.now())) return saved
    const { id } = saved
    if (asked?.id !== id) asked = { id, user: loadUser(saved).catch(() => undefined) }
    const user = await asked.user
    asked = null
    return user ? store.update((now) => (now?.id === id ? { ...now, user } : now)) : store.read()
  }
}
