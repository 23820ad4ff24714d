import { MapaeError } from './error.ts'
import { createCalls } from './calls.ts'
import type { RedirectSignIn } from './code-flow.ts'
import type { PasswordSignIn, SignOutOptions } from './first-party.ts'
import { createListedFetch } from './listed-fetch.ts'
import type { SavedTokens } from './saved.ts'
import type { Store, StoreFactory } from './store.ts'
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

export interface MapaeClient {
  /** What is known now. */
  readonly current: Snapshot
  /** Calls at once and at every change. Returns how to stop. */
  readonly subscribe: (listener: (snapshot: Snapshot) => void) => () => void
  /** Errors: the server's, such as `invalid_credentials`; `unavailable`. */
  readonly signIn: (how?: PasswordSignIn | RedirectSignIn) => Promise<void>
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
  const waitingName = `${name}.waiting`
  const kept = makeStore(name, world)
  // Whoever looks for the first time sees the sign-in that the page came back from.
  const store: Store = { ...kept, read: () => (finished ??= finish()).then(kept.read) }
  const calls = createCalls(base, clientId, waitingName, store, world)
  const tokens = createTokens(name, store, world, calls.exchange, () => void watch.look())
  const watch: Watch = createWatch(store, world, tokens, calls.loadUser, () => failure)
  let finished: Promise<void> | undefined
  let failure: MapaeError | null = null

  async function keep(signedIn: SavedTokens): Promise<void> {
    const saved = { ...signedIn, id: world.random(), generation: 0 }
    failure = null
    await kept.update(() => saved)
  }

  async function finish(): Promise<void> {
    try {
      const signedIn = await calls.finish()
      if (signedIn) await keep(signedIn)
    } catch (error) {
      failure = error as MapaeError
    }
  }

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
    async signIn(how = {}) {
      await keep(await calls.signIn(how))
      await watch.look()
    },
    async signOut(options = {}) {
      const saved = await store.read()
      await store.update(() => null)
      await watch.look()
      await calls.signOut(saved, options)
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
