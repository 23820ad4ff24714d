import type { MapaeError } from './error.ts'
import { createRenewal } from './renewal.ts'
import { isUsable, type User } from './saved.ts'
import type { Store } from './store.ts'
import type { Tokens } from './tokens.ts'
import { createReadWithUser, type LoadUser } from './with-user.ts'
import type { World } from './world.ts'

/**
 * `loading`: it is not known yet. `offline`: somebody is signed in, but there is no valid access
 * token and the server cannot be reached for one.
 */
export type State = 'loading' | 'signedOut' | 'signedIn' | 'offline'

export interface Snapshot {
  readonly state: State
  readonly user: User | null
  /** Why the last sign-in by redirect failed. */
  readonly error: MapaeError | null
}

export interface Watch {
  readonly current: () => Snapshot
  readonly subscribe: (listener: (snapshot: Snapshot) => void) => () => void
  /** Looks at what is kept and tells the listeners. */
  readonly look: () => Promise<void>
  readonly close: () => void
}

/**
 * Follows the sign-in for whoever subscribed: renews the token before it expires, after sleep and
 * when the network is back, and hears of other tabs. Without subscribers it does nothing.
 */
export function createWatch(
  store: Store,
  world: World,
  tokens: Tokens,
  loadUser: LoadUser,
  failure: () => MapaeError | null,
): Watch {
  const readWithUser = createReadWithUser(store, world, loadUser)
  const renewal = createRenewal(store, world, tokens)
  const listeners = new Set<(snapshot: Snapshot) => void>()
  let snapshot: Snapshot = { state: 'loading', user: null, error: null }
  let stops: ((() => void) | undefined)[] = []

  function tell(state: State, user: User | null): void {
    const error = failure()
    if (snapshot.state === state && snapshot.user === user && snapshot.error === error) return
    snapshot = { state, user, error }
    for (const listener of listeners) listener(snapshot)
  }

  async function look(): Promise<void> {
    const saved = await readWithUser()
    if (saved && listeners.size) renewal.plan(saved, () => void renew())
    else renewal.stop()
    if (!saved) return tell('signedOut', null)
    const { user = null } = saved
    const wasReady = snapshot.state === 'signedIn' && !tokens.hasFailed()
    if (wasReady || isUsable(saved, world.now(), 0)) tell('signedIn', user)
    else tell(tokens.hasFailed() ? 'offline' : 'loading', user)
  }

  async function renew(): Promise<void> {
    // A page that nobody looks at renews when somebody does.
    if (world.isHidden?.() && snapshot.state !== 'loading') return
    await renewal.renew()
    await look()
  }

  function stop(): void {
    renewal.stop()
    for (const one of stops) one?.()
    stops = []
  }

  return {
    current: () => snapshot,
    look,
    close() {
      listeners.clear()
      stop()
    },
    subscribe(listener) {
      // The same function may subscribe twice.
      const own = (now: Snapshot): void => listener(now)
      listeners.add(own)
      listener(snapshot)
      if (listeners.size === 1) {
        stops = [store.listen?.(() => void look()), world.onWake?.(() => void renew())]
        void renew()
      }
      return () => {
        listeners.delete(own)
        if (!listeners.size) stop()
      }
    },
  }
}
