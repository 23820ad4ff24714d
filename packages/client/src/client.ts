import { MapaeError } from './error.ts'
import { createFirstParty, type PasswordSignIn } from './first-party.ts'
import { createListedFetch } from './listed-fetch.ts'
import type { StoreFactory } from './store.ts'
import { createTokens, type GetTokenOptions } from './tokens.ts'
import { createWatch, type Snapshot, type Watch } from './watch.ts'
import type { World } from './world.ts'

export interface MapaeOptions {
  /** Where the server is, such as `https://auth.example.com`. */
  readonly issuer: string
  readonly clientId: string
  /** The APIs that get the access token: beginnings of URLs. Nobody else does. */
  readonly apis?: readonly string[]
  /** Where the tokens live. */
  readonly store?: StoreFactory
}

export interface SignOutOptions {
  /** On all devices of the user. */
  readonly everywhere?: boolean
}

export interface MapaeClient {
  /** What is known now. */
  readonly current: Snapshot
  /** Calls at once and at every change. Returns how to stop. */
  readonly subscribe: (listener: (snapshot: Snapshot) => void) => () => void
  /** Errors: the server's, such as `invalid_credentials`; `unavailable`. */
  readonly signIn: (credentials: PasswordSignIn) => Promise<void>
  /**
   * Forgets the tokens here and in other tabs, whatever happens, and then ends the session. Errors:
   * `unavailable` when the server could not be told; `invalid_grant` when the session was over and
   * could not speak for the others.
   */
  readonly signOut: (options?: SignOutOptions) => Promise<void>
  /** An access token, renewed when need be. Errors: `signed_out`, `unavailable`. */
  readonly getToken: (options?: GetTokenOptions) => Promise<string>
  /**
   * As `fetch`, with the access token. A token that the API calls invalid is renewed and the request
   * sent once more. Errors: `api_not_listed`, `signed_out`, `unavailable`.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** Stops timers and listeners. */
  readonly close: () => void
}

export function createClient(
  { issuer, clientId, apis = [], store: makeStore }: MapaeOptions & { store: StoreFactory },
  world: World,
): MapaeClient {
  const base = checkedUrl(issuer)
  const name = `mapae.${new URL(base).host}.${clientId}`
  const store = makeStore(name, world)
  const firstParty = createFirstParty(base, store, world)
  const tokens = createTokens(
    name,
    store,
    world,
    (saved) => firstParty.exchange(saved),
    () => void watch.look(),
  )
  const watch: Watch = createWatch(store, world, tokens, (token) => firstParty.loadUser(token))

  return {
    get current() {
      return watch.current()
    },
    subscribe: watch.subscribe,
    getToken: tokens.getToken,
    fetch: createListedFetch(apis.map(checkedUrl), tokens.getToken, { ...world, ...store }),
    close() {
      watch.close()
      store.close?.()
    },
    async signIn(credentials) {
      const signedIn = await firstParty.signIn(credentials)
      const saved = { ...signedIn, id: world.random(), generation: 0 }
      await store.update(() => saved)
      await watch.look()
    },
    async signOut({ everywhere = false } = {}) {
      const saved = await store.read()
      await store.update(() => null)
      await watch.look()
      if (saved) await firstParty.signOut(saved, everywhere)
    },
  }
}

/** Errors: `insecure_url`. */
function checkedUrl(url: string): string {
  const { protocol, hostname, href } = new URL(url)
  if (protocol !== 'https:' && !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)) {
    throw new MapaeError('insecure_url', `${url} must be https`)
  }
  return href.replace(/\/$/, '')
}
