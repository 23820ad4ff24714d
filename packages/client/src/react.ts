import {
  createContext,
  createElement,
  useContext,
  useSyncExternalStore,
  type ReactNode,
} from 'react'

import type { MapaeClient, Snapshot } from './index.ts'

const Context = createContext<MapaeClient | null>(null)

/** Makes the client known to `useMapae` below it. */
export function MapaeProvider(properties: { client: MapaeClient; children?: ReactNode }) {
  return createElement(Context.Provider, { value: properties.client }, properties.children)
}

/** Who is signed in, and how to change that; renders again when it changes. */
export function useMapae(): Snapshot & { isSignedIn: boolean; client: MapaeClient } {
  const client = useContext(Context)
  if (!client) throw new Error('useMapae needs a MapaeProvider above it')
  const now = (): Snapshot => client.current
  const snapshot = useSyncExternalStore(client.subscribe, now, now)
  return { ...snapshot, client, isSignedIn: /signedIn|offline/.test(snapshot.state) }
}
