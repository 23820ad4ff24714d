import { createClient, type MapaeClient, type MapaeOptions } from './client.ts'
import { cookie } from './cookie.ts'
import { realWorld } from './world.ts'

export { cookie } from './cookie.ts'
export { MapaeError } from './error.ts'
export { memory } from './memory.ts'
export type { MapaeClient, MapaeOptions } from './client.ts'
export type { RedirectSignIn } from './code-flow.ts'
export type { PasswordSignIn, SignOutOptions } from './first-party.ts'
export type { User } from './saved.ts'
export type { StoreFactory } from './store.ts'
export type { GetTokenOptions } from './tokens.ts'
export type { Snapshot, State } from './watch.ts'

/**
 * Makes a client. It does nothing until it is asked, so a module may make it and export it.
 * Errors: `insecure_url`.
 */
export function createMapae(options: MapaeOptions): MapaeClient {
  return createClient({ store: cookie(), ...options }, realWorld())
}
