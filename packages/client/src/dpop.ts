import { readFromDatabase, updateInDatabase } from './indexed-db.ts'
import { createDeviceKey, createProof, type DeviceKey } from './proof.ts'
import type { Saved } from './saved.ts'
import type { Store, StoreFactory } from './store.ts'
import type { World } from './world.ts'

const REQUEST_MILLISECONDS = 8000

/** The key is kept with the tokens that are bound to it: a change of both is one step. */
type Bound = Saved & { readonly key?: DeviceKey }

/**
 * The tokens live in IndexedDB, bound to a key that no script can take away: whoever copies them can
 * use them nowhere else. Spec: RFC 9449.
 */
export function dpop(): StoreFactory {
  return (name, world) => {
    let nextKey: DeviceKey | undefined
    let changed: () => void = () => {}
    const channel = world.openChannel?.(name, () => changed())

    const read = (): Promise<Bound | null> => readFromDatabase<Bound>(name)

    const store: Store = {
      transport: 'body',
      requestMilliseconds: REQUEST_MILLISECONDS,
      read,
      async update(change) {
        let isChanged = false
        const after = await updateInDatabase<Bound>(name, (saved) => {
          const next: Bound | null = change(saved)
          isChanged = next !== saved
          return next && !next.key && nextKey ? { ...next, key: nextKey } : next
        })
        if (isChanged) channel?.post('')
        return after
      },
      listen(run) {
        changed = run
        return () => (changed = () => {})
      },
      close: () => channel?.close(),
      fetch: createProvingFetch(world, async (isSignIn) =>
        isSignIn ? (nextKey = await createDeviceKey()) : (await read())?.key,
      ),
    }
    return store
  }
}

function createProvingFetch(
  world: World,
  keyFor: (isSignIn: boolean | undefined) => Promise<DeviceKey | undefined>,
): NonNullable<Store['fetch']> {
  const nonces = new Map<string, string>()

  return async (input, init, isSignIn) => {
    const request = new Request(input, init)
    const { origin } = new URL(request.url)
    const key = await keyFor(isSignIn)
    const accessToken = /^Bearer (.*)/.exec(request.headers.get('authorization') ?? '')?.[1]

    async function attempt(one: Request): Promise<Response> {
      if (key) {
        const nonce = nonces.get(origin)
        one.headers.set('dpop', await createProof(key, one, accessToken, nonce, world))
        if (accessToken) one.headers.set('authorization', `DPoP ${accessToken}`)
      }
      const response = await world.fetch(one)
      const learned = response.headers.get('dpop-nonce')
      if (learned) nonces.set(origin, learned)
      return response
    }

    const again = request.clone()
    const response = await attempt(request)
    // A server that doubts the proof's age says what to put into the next one.
    return (await asksForNonce(response)) ? attempt(again) : response
  }
}

/** Spec: RFC 9449 sections 8 and 9. */
async function asksForNonce(response: Response): Promise<boolean> {
  const { status, headers } = response
  if ((status !== 400 && status !== 401) || !headers.has('dpop-nonce')) return false
  const said = headers.get('www-authenticate') ?? (await response.clone().text())
  return said.includes('use_dpop_nonce')
}
